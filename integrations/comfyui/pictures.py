"""A batch of images as ComfyUI passes it, into PNG files."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .target import KEY


def png_files(images: Any, texts: Mapping[str, str]) -> Iterator[bytes]:
    """One PNG an image, with *texts* in it. *images*: float tensor [batch, height, width, channels], 0 to 1."""
    if len(images.shape) == 3:
        images = images[None]
    for image in images:
        yield _png(image, texts)


def workflow_texts(prompt: Any, extra: Mapping[str, Any] | None) -> dict[str, str]:
    """What ComfyUI's own Save Image writes, with keys of Isekai taken out wherever they hide."""
    texts = {} if prompt is None else {"prompt": json.dumps(prompt)}
    texts |= {name: json.dumps(value) for name, value in (extra or {}).items()}
    return {name: KEY.sub("[key removed]", text) for name, text in texts.items()}


def _png(image: Any, texts: Mapping[str, str]) -> bytes:
    values = numpy.nan_to_num(image.cpu().numpy().astype(numpy.float32))
    pixels = numpy.clip(values * 255.0 + 0.5, 0, 255).astype(numpy.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, format="PNG", pnginfo=info, compress_level=4)
    return packed.getvalue()

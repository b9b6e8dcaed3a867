"""A batch of images as ComfyUI passes it, into PNG files."""

import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .target import KEY, IsekaiError


def as_batch(images: Any) -> Any:
    """Float tensor [batch, height, width, channels], 0 to 1. Raises `IsekaiError` for anything else."""
    if len(images.shape) == 3:
        images = images[None]
    if len(images.shape) != 4 or images.shape[3] not in (1, 3, 4):
        raise IsekaiError("What is linked to “images” is not a batch of images. A mask has to become an image first.")
    if not len(images):
        raise IsekaiError("There is no image in this batch.")
    return images


def png_files(images: Any, texts: Mapping[str, str]) -> Iterator[bytes]:
    """One PNG an image, with *texts* in it. *images*: as `as_batch` gives them."""
    for image in images:
        yield _png(image, texts)


def workflow_texts(prompt: Any, extra: Mapping[str, Any] | None) -> dict[str, str]:
    """What ComfyUI's own Save Image writes, with keys of Isekai taken out wherever they hide."""
    texts = {} if prompt is None else {"prompt": json.dumps(prompt)}
    texts |= {name: json.dumps(value) for name, value in (extra or {}).items()}
    return {name: KEY.sub("[key removed]", text) for name, text in texts.items()}


def _png(image: Any, texts: Mapping[str, str]) -> bytes:
    # numpy knows no bfloat16, and takes nothing that still follows gradients.
    values = numpy.nan_to_num(image.detach().cpu().float().numpy())
    pixels = (numpy.clip(values, 0, 1) * 255.0 + 0.5).astype(numpy.uint8)
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    packed = io.BytesIO()
    Image.fromarray(pixels).save(packed, format="PNG", pnginfo=info, compress_level=4)
    return packed.getvalue()

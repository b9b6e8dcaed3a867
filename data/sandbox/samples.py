"""Pictures to play with before anybody has drawn any: eight small works, the same on every machine."""

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.sandbox import art

if TYPE_CHECKING:
    from PIL.Image import Image


def draw_samples(directory: Path) -> list[Path]:
    """Draw the samples into *directory* (made if need be) and name them; about a second, so use a thread.

    Among them: PNG with the metadata of ComfyUI and of A1111, a JPEG with EXIF, a WebP and an animated GIF.
    """
    directory.mkdir(parents=True, exist_ok=True)
    return [
        _png(directory / "dunes-at-dusk.png", _scene(art.dunes, 3, (1280, 800), art.DUSK), _a1111()),
        _png(directory / "northern-lights.png", _scene(art.aurora, 5, (1200, 800), art.AURORA), _comfyui()),
        _jpeg(directory / "quiet-harbour.jpg", _scene(art.city, 11, (1280, 720), art.NIGHT)),
        _png(directory / "paper-moons.png", _scene(art.moons, 8, (900, 900), art.EMBER)),
        _webp(directory / "glass-flower.webp", _scene(art.bloom, 2, (900, 1125), art.ROSE)),
        _png(directory / "remembered-sea.png", _scene(art.tides, 7, (800, 1200), art.TEAL)),
        _png(directory / "folded-valley.png", _scene(art.facets, 4, (1125, 900), art.MOSS)),
        _gif(directory / "slow-orbit.gif"),
    ]


def _scene(scene: art.Scene, seed: int, size: art.Size, palette: art.Palette) -> "Image":
    return scene(random.Random(seed), size, palette)


def _png(path: Path, image: "Image", texts: dict[str, str] | None = None) -> Path:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, text in (texts or {}).items():
        info.add_itxt(key, text)
    image.save(path, "PNG", pnginfo=info, compress_level=4)
    return path


def _jpeg(path: Path, image: "Image") -> Path:
    exif = type(image.getexif())()
    exif[0x010F], exif[0x0110] = "Sandbox", "Imagined Camera 1"
    exif[0x010E], exif[0x013B] = "A harbour that is not there", "A sample artist"
    exif[0x0132] = "2026:05:14 21:40:00"
    image.save(path, "JPEG", quality=90, exif=exif)
    return path


def _webp(path: Path, image: "Image") -> Path:
    image.save(path, "WEBP", quality=86, method=2)
    return path


def _gif(path: Path) -> Path:
    frames = [frame.quantize(48) for frame in art.orbit_frames(300, art.FROST, 24)]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)
    return path


def _a1111() -> dict[str, str]:
    return {
        "parameters": "dunes at dusk, low sun, layered hills, soft haze, <lora:paperfold:0.6>\n"
        "Negative prompt: text, watermark\n"
        "Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 1409203311, Size: 1280x800, "
        "Model hash: 0badc0ffee, Model: imaginary_v3"
    }


def _comfyui() -> dict[str, str]:
    prompt: dict[str, dict[str, Any]] = {
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": 77120045,
                "steps": 30,
                "cfg": 7.0,
                "sampler_name": "euler",
                "scheduler": "normal",
                "model": ["4", 0],
                "positive": ["6", 0],
                "negative": ["7", 0],
            },
        },
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "imaginary_xl.safetensors"}},
        "6": {
            "class_type": "CLIPTextEncode",
            "inputs": {"text": "northern lights over firs, still night", "clip": ["4", 1]},
        },
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
    }
    workflow = {
        "last_node_id": 7,
        "nodes": [{"id": int(key), "type": node["class_type"]} for key, node in prompt.items()],
        "links": [],
        "version": 0.4,
    }
    return {"prompt": json.dumps(prompt), "workflow": json.dumps(workflow)}


def main(directory: Path) -> None:
    """Draw beside *directory* and move there in one step: it exists when all of them do."""
    with tempfile.TemporaryDirectory(dir=directory.parent) as beside:
        drawn = Path(beside) / directory.name
        draw_samples(drawn)
        drawn.rename(directory)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

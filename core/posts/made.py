"""The settings with which a picture was made, from the texts that came in it; pure.

`raw` holds those texts, already without secrets: the line of settings of AUTOMATIC1111 and its successors, a ComfyUI
graph, or a flat JSON object. What posts are found by (prompt, model, seed …) is kept apart and not repeated here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.posts.scrub import parse_json

VALUE_SHOWN = 200
SETTINGS_MOST = 24

LINE_CHARACTERS = 20_000
# Spaces are counted, too: 20,000 in a row would keep every other thread waiting for seconds.
SETTING = re.compile(r'([\w][\w /.\-]{0,60}):\s{0,20}("(?:\\.|[^\\"]){0,2000}"|[^,]{0,500})(?:,|$)')
_SAID_ELSEWHERE = frozenset(("model", "seed", "sampler", "lora hashes"))
_NAMES = {
    "steps": "Steps",
    "cfg": "CFG scale",
    "cfg_scale": "CFG scale",
    "cfgscale": "CFG scale",
    "scale": "CFG scale",
    "guidance": "Guidance",
    "guidance_scale": "CFG scale",
    "scheduler": "Scheduler",
    "denoise": "Denoising strength",
    "strength": "Denoising strength",
    "clip_skip": "Clip skip",
    "width": "Width",
    "height": "Height",
    "vae": "VAE",
    "vae_name": "VAE",
    "upscale_by": "Upscaled by",
}


def settings_of(raw: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """(name, value) pairs, each name once, in the order in which they stand."""
    found: dict[str, str] = {}
    for text in raw.values():
        if isinstance(text, str):
            for name, value in _settings(text):
                found.setdefault(name, value[:VALUE_SHOWN])
    if "Width" in found and "Height" in found:
        size = f"{found.pop('Width')} × {found.pop('Height')}"
        found.setdefault("Size", size)
    return tuple(found.items())[:SETTINGS_MOST]


def _settings(text: str) -> Iterator[tuple[str, str]]:
    tree = parse_json(text)
    if not isinstance(tree, dict):
        yield from _line(text)
        return
    inner = tree.get("sui_image_params")
    nodes = [node for node in tree.values() if isinstance(node, dict) and isinstance(node.get("inputs"), dict)]
    if nodes:
        for node in nodes:
            yield from _known(node["inputs"])
    else:
        yield from _known(inner if isinstance(inner, dict) else tree)


def _line(text: str) -> Iterator[tuple[str, str]]:
    _, steps, line = text.rpartition("Steps: ")
    if not steps or not re.match(r"\d", line):
        return
    for name, value in SETTING.findall("Steps: " + line[:LINE_CHARACTERS]):
        said = value.strip('" ')
        if said and name.strip().lower() not in _SAID_ELSEWHERE:
            yield name.strip(), said


def _known(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        name = _NAMES.get(key.lower())
        if name and isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            yield name, str(value).strip()

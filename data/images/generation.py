"""From the texts of a picture to what they say about its making; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from core.posts.made import LINE_CHARACTERS, SETTING
from core.posts.pictures import GenerationMetadata
from core.posts.scrub import parse_json, sound
from data.images import comfyui
from data.images.texts import CONTENT_CREDENTIALS

KEPT_CHARACTERS = 256 * 1024
SHORT_CHARACTERS = 300
LORAS_LIMIT = 50
LORA_TAG = re.compile(r"<lora:([^:<>]{1,200})(?::[^<>]{0,50})?>")
NEGATIVE = "\nNegative prompt:"

# Names under which programs keep the same things in a flat JSON object (NovelAI, InvokeAI, Fooocus, SwarmUI …).
PROMPT = ("prompt", "positive_prompt", "positivePrompt", "Prompt")
NEGATIVE_PROMPT = ("negative_prompt", "uc", "negativeprompt", "negativePrompt", "Negative Prompt")
MODEL = ("model", "base_model", "sd_model", "Model", "Base Model")
SEED = ("seed", "Seed")
SAMPLER = ("sampler", "scheduler", "sampler_name", "Sampler")
LORAS = ("loras", "lora")

MADE_BY_AI = re.compile(
    r"trainedAlgorithmicMedia|compositeWithTrainedAlgorithmicMedia|stable.?diffusion|novelai|comfyui|midjourney"
    r"|dall.?e\b|invokeai|adobe firefly|made with google ai|fooocus|swarmui|draw things|imagen\b|gpt-image",
    re.IGNORECASE,
)
TELLING_TEXTS = ("Software", "XMP", "XML:com.adobe.xmp", CONTENT_CREDENTIALS, "Description", "Source", "Make")
GENERATOR_TEXTS = frozenset(
    ("parameters", "workflow", "invokeai_metadata", "sd-metadata", "dream", "fooocus_scheme", "generation_data")
)
TELLING_CHARACTERS = 20_000


def interpret(texts: Mapping[str, str]) -> GenerationMetadata:
    """Prompt, model and the rest from wherever they stand first; texts are already cleaned of secrets."""
    readings = list(_readings(texts))
    workflow = texts.get("workflow", "")
    return GenerationMetadata(
        prompt=_first(readings, "prompt", KEPT_CHARACTERS),
        negative_prompt=_first(readings, "negative_prompt", KEPT_CHARACTERS),
        model=_first(readings, "model", SHORT_CHARACTERS),
        seed=_first(readings, "seed", SHORT_CHARACTERS),
        sampler=_first(readings, "sampler", SHORT_CHARACTERS),
        loras=_loras(readings),
        workflow_json=workflow if _is_graph(workflow) else None,
        raw={name: text[:KEPT_CHARACTERS] for name, text in texts.items()},
        says_ai=bool(readings) or _says_ai(texts),
    )


def _first(readings: list[dict[str, Any]], name: str, limit: int) -> str | None:
    for reading in readings:
        value = reading.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
            return sound(str(value).strip())[:limit]
    return None


def _loras(readings: list[dict[str, Any]]) -> tuple[str, ...]:
    named = [name for reading in readings for name in reading.get("loras", ())]
    tagged = [name for reading in readings for name in LORA_TAG.findall(str(reading.get("prompt") or ""))]
    cleaned = (sound(name)[:SHORT_CHARACTERS] for name in [*named, *tagged])
    return tuple(dict.fromkeys(cleaned))[:LORAS_LIMIT]


def _is_graph(text: str) -> bool:
    return 0 < len(text) <= KEPT_CHARACTERS and isinstance(parse_json(text), dict)


def _says_ai(texts: Mapping[str, str]) -> bool:
    if GENERATOR_TEXTS & {name.lower() for name in texts}:
        return True
    return any(MADE_BY_AI.search(texts[name][:TELLING_CHARACTERS]) for name in TELLING_TEXTS if name in texts)


def _readings(texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """One for each text that describes how the picture was made."""
    for text in texts.values():
        tree = parse_json(text)
        graph = comfyui.read_graph(tree)
        if graph is not None:
            yield _from_graph(graph)
        elif isinstance(tree, dict):
            yield from _from_flat(tree)
        elif re.search(r"(^|\n)Steps: \d", text):
            yield from_parameters(text)


def _from_graph(graph: comfyui.Graph) -> dict[str, Any]:
    prompt, negative = comfyui.prompts_of(graph)
    return {
        "prompt": prompt,
        "negative_prompt": negative,
        "model": comfyui.model_of(graph),
        "seed": comfyui.seed_of(graph),
        "sampler": comfyui.sampler_name_of(graph),
        "loras": comfyui.loras_of(graph),
    }


def _from_flat(tree: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    inner = tree.get("sui_image_params")
    if isinstance(inner, dict):
        tree = inner
    if not any(isinstance(tree.get(name), str) for name in PROMPT):
        return
    loras: list[Any] = next((tree[name] for name in LORAS if isinstance(tree.get(name), list)), [])
    yield {
        "prompt": _value(tree, PROMPT),
        "negative_prompt": _value(tree, NEGATIVE_PROMPT),
        "model": _value(tree, MODEL),
        "seed": _value(tree, SEED),
        "sampler": _value(tree, SAMPLER),
        "loras": tuple(name for lora in loras[:LORAS_LIMIT] if (name := _name_of(lora))),
    }


def _value(tree: Mapping[str, Any], names: tuple[str, ...]) -> object:
    return next((_name_of(tree[name]) for name in names if tree.get(name) not in (None, "")), None)


def _name_of(value: object) -> Any:
    """A model is a name, `{"name"}`, `{"model": {"name"}}` or `[name, weight]`, depending on the program."""
    if isinstance(value, list):
        value = value[0] if value else None
    for key in ("model", "lora", "name", "model_name"):
        if isinstance(value, dict) and key in value:
            value = value[key]
    return value if isinstance(value, str | int | float) else None


def from_parameters(text: str) -> dict[str, Any]:
    """The text form of AUTOMATIC1111 and its successors: prompt, `Negative prompt:`, one line of settings."""
    body, _, settings_line = text.rpartition("Steps: ")
    prompt, _, negative = body.partition(NEGATIVE) if NEGATIVE in body else (body, "", "")
    if body.startswith(NEGATIVE.strip()):
        prompt, negative = "", body.removeprefix(NEGATIVE.strip())
    settings = {
        name.strip(): value.strip('" ')
        for name, value in SETTING.findall("Steps: " + settings_line[:LINE_CHARACTERS])
    }
    return {
        "prompt": prompt.strip(),
        "negative_prompt": negative.strip(),
        "model": settings.get("Model"),
        "seed": settings.get("Seed"),
        "sampler": settings.get("Sampler"),
        "loras": (),
    }

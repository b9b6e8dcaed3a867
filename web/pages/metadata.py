"""How a picture was made, as its private metadata tells."""

from dataclasses import dataclass
from typing import Any

import orjson

PROMPT_SHOWN = 4000
VALUE_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Made:
    prompt: str
    facts: tuple[tuple[str, str], ...]


_FACTS = (("model", "Model"), ("seed", "Seed"), ("sampler", "Sampler"), ("loras", "LoRA"), ("negative_prompt", "Not"))


def made_of(metadata: str | None) -> Made | None:
    """None when the file says nothing that is worth a panel."""
    if not metadata:
        return None
    try:
        said: Any = orjson.loads(metadata)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    facts = [(label, str(said[name])[:VALUE_SHOWN]) for name, label in _FACTS if said.get(name)]
    prompt = str(said.get("prompt") or "")[:PROMPT_SHOWN]
    return Made(prompt, tuple(facts)) if prompt or facts else None

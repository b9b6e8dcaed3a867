"""How a picture was made, as its private metadata tells. All of it is hostile text."""

from dataclasses import dataclass
from typing import Any

import orjson

from core.posts.made import settings_of

PROMPT_SHOWN = 16_000
VALUE_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Made:
    """`seed` stands apart for its button; `facts` and `settings` are (name, value) pairs."""

    prompt: str
    negative: str
    seed: str
    facts: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    note: str = ""


_FACTS = (("model", "Model"), ("sampler", "Sampler"), ("loras", "LoRA"))


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
    raw = said.get("raw")
    made = Made(
        prompt=_text(said, "prompt", PROMPT_SHOWN),
        negative=_text(said, "negative_prompt", PROMPT_SHOWN),
        seed=_text(said, "seed", VALUE_SHOWN),
        facts=tuple((label, _text(said, name, VALUE_SHOWN)) for name, label in _FACTS if said.get(name)),
        settings=settings_of(raw) if isinstance(raw, dict) else (),
        note="A key that stood in it was taken out before it was kept." if said.get("secrets_removed") else "",
    )
    return made if made.prompt or made.negative or made.seed or made.facts or made.settings else None


def _text(said: dict[str, Any], name: str, limit: int) -> str:
    value = said.get(name)
    return str(value)[:limit] if isinstance(value, str | int | float) else ""

"""Invented people and their invented works, the same on every start, for the browse endpoints."""

import hashlib
import random
import uuid
from datetime import datetime, timedelta

from data.sandbox.records import Deviation

PEOPLE = (
    "papercrane", "northlight", "velvetmoss", "inkandtide", "hollowsun", "slowcomet", "fernandfog", "amberlathe",
    "quietorbit", "saltgarden", "moonkiln", "driftglass", "cobaltwren", "thistleroom",
)  # fmt: skip

_ADJECTIVES = (
    "Quiet", "Hollow", "Amber", "Drifting", "Northern", "Paper", "Velvet", "Salt", "Slow", "Distant", "Folded",
    "Copper", "Violet", "Last", "Second", "Unlit",
)  # fmt: skip
_NOUNS = (
    "Harbour", "Orbit", "Garden", "Lantern", "Tide", "Observatory", "Meadow", "Signal", "Archive", "Comet",
    "Greenhouse", "Mirror", "Valley", "Staircase", "Aurora", "Parade",
)  # fmt: skip
_TOPIC_TAGS: dict[str, tuple[str, ...]] = {
    "landscape": ("landscape", "scenery", "mountains", "sky", "environment"),
    "character-design": ("character", "characterdesign", "oc", "portrait"),
    "science-fiction": ("scifi", "space", "futuristic", "spaceship"),
    "fantasy": ("fantasy", "magic", "dragon", "enchanted"),
    "abstract": ("abstract", "generative", "geometry", "gradient"),
    "night": ("night", "moon", "stars", "city"),
    "nature": ("nature", "forest", "flowers", "animals"),
    "pixel-art": ("pixelart", "retro", "gameart"),
}
TOPICS = tuple((name, " ".join(word.capitalize() for word in name.split("-"))) for name in sorted(_TOPIC_TAGS))
_SHAPES = ((1200, 800), (900, 1200), (1000, 1000), (1600, 900), (800, 1200), (1280, 960))


def community_works(count: int, now: datetime) -> list[Deviation]:
    """*count* works, newest first, three hours apart, ending at the midnight before *now*."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return [_work(index, midnight - timedelta(hours=3 * index)) for index in range(count)]


def topic_of(work: Deviation) -> str:
    """The topic that a work of the community belongs to; "" for all others."""
    return work.groups[0] if work.itemid == "" and work.groups else ""


def daily_picks(works: list[Deviation], day: str, count: int = 12) -> list[Deviation]:
    """The same choice for the same *day* on every start."""
    ranked = sorted(works, key=lambda work: hashlib.blake2b(f"{day}{work.number}".encode()).digest())
    return ranked[:count]


def _work(index: int, at: datetime) -> Deviation:
    rng = random.Random(f"community-{index}")
    topic = rng.choice(sorted(_TOPIC_TAGS))
    width, height = rng.choice(_SHAPES)
    title = f"{rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS)}"
    is_mature = rng.random() < 0.08
    return Deviation(
        deviationid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"community-{index}")).upper(),
        number=900_000_000 - index,
        itemid="",
        username=rng.choice(PEOPLE),
        title=title,
        description=f"{title}, from a series that nobody ever drew.",
        tags=list(dict.fromkeys([*rng.sample(_TOPIC_TAGS[topic], 3), "digitalart", rng.choice(["art", "study"])])),
        sha256=hashlib.sha256(f"community-{index}".encode()).hexdigest(),
        published_at=at.timestamp(),
        mime="image/png",
        width=width,
        height=height,
        bytes=width * height // 3,
        filename=f"{title.lower().replace(' ', '_')}.png",
        is_mature=is_mature,
        mature_level="moderate" if is_mature else None,
        allow_free_download=rng.random() < 0.4,
        is_ai_generated=rng.random() < 0.3,
        groups=[topic],
    )

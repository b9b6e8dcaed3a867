"""When Python looks for garbage: between requests, often enough that there is little to find.

Left to itself it looks through everything that lives after so many new objects, which on a large library took 50 ms
of every few dozen requests. What the start has made is set aside, so what is left to look through is small. A busy
minute's garbage is not: 300,000 objects took 260 ms at once; a few thousand every few seconds take 4 to 13 each time.
What is kept at hand by the thousand must not be looked through as well: see `core.planning.world.Draft`.
"""

import gc

from core.clock import Clock
from data.c_memory import return_what_is_free

GLANCED_SECONDS, EVERY_SECONDS = 0.2, 60.0
MUCH = 20  # collections of the middle generation since, each of which may have passed something on
_YOUNG, _MIDDLE, _NEVER = 700, 10, 1_000_000


def keep_what_is_there() -> None:
    """What the start has made is not looked through again. From now on only `collect` looks at all of the rest."""
    gc.collect()
    gc.freeze()
    return_what_is_free()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)


async def collect(clock: Clock) -> None:
    """Where much was made, at once, else once a minute. Until it is cancelled."""
    looked = clock.monotonic()
    while True:
        await clock.sleep(GLANCED_SECONDS)
        if gc.get_count()[-1] >= MUCH or clock.monotonic() - looked >= EVERY_SECONDS:
            gc.collect()
            return_what_is_free()
            looked = clock.monotonic()

"""When Python looks for garbage: once a minute, not in the middle of somebody's page.

Left to itself it looks through everything that lives after so many new objects, which on a large library took 50 ms
of every few dozen requests.
"""

import gc

from core.clock import Clock
from data.c_memory import return_what_is_free

EVERY_SECONDS = 60.0
_YOUNG, _MIDDLE, _NEVER = 700, 10, 1_000_000


def keep_what_is_there() -> None:
    """What the start has made is not looked through again. From now on only `collect` looks at all of the rest."""
    gc.collect()
    gc.freeze()
    return_what_is_free()
    gc.set_threshold(_YOUNG, _MIDDLE, _NEVER)


async def collect(clock: Clock) -> None:
    """Until it is cancelled."""
    while True:
        await clock.sleep(EVERY_SECONDS)
        gc.collect()
        return_what_is_free()

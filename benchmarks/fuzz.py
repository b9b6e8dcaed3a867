"""What the tests try a little of, for as long as one likes: inputs that strangers could send, and what must hold.

    python -m benchmarks.fuzz --minutes 30            every target in turn, a new seed each time
    python -m benchmarks.fuzz --only plans,secrets    those whose names contain a word
    python -m benchmarks.fuzz --covered               led by coverage, where atheris is installed (it is not locked)

Ends with a table, and with 1 where something was found; each finding is shown as small as it gets, with its seed.
Memory: whatever a target does, the process may grow by 400 MB and no more.
"""

import argparse
import resource
import subprocess
import sys
import time
import traceback
import warnings
from collections import Counter
from random import Random

ROUND = 200  # examples between two looks at the clock
GROWTH_MOST = 400 * 1024  # kB, beyond what the process needed when it began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", default="", help="words, by commas: targets whose names contain one")
    parser.add_argument("--seed", type=int, default=None, help="begin with this one; else with a random one")
    parser.add_argument("--covered", action="store_true", help="led by coverage (atheris)")
    parser.add_argument("--libfuzzer", nargs=2, metavar=("TARGET", "SECONDS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.libfuzzer:
        _led_by_coverage(options.libfuzzer[0], int(float(options.libfuzzer[1])))
    from tests.support.fuzzing import TARGETS

    wanted = [word for word in options.only.split(",") if word]
    names = [name for name in TARGETS if not wanted or any(word in name for word in wanted)]
    if options.covered:
        return _each_led_by_coverage(names, options.minutes)
    return _in_turn(names, options.minutes, options.seed if options.seed is not None else Random().randrange(2**32))


def _in_turn(names: list[str], minutes: float, number: int) -> int:
    from tests.support.fuzzing import TARGETS, attempt

    until = time.monotonic() + minutes * 60
    tried: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    found: Counter[str] = Counter()
    before = _peak()
    while time.monotonic() < until:
        for name in names:
            started = time.monotonic()
            try:
                attempt(TARGETS[name], examples=ROUND, number=number)
            except Exception:
                found[name] += 1
                print(f"\n=== {name}, --seed {number}", flush=True)
                traceback.print_exc(limit=-6)
            tried[name] += ROUND
            spent[name] += time.monotonic() - started  # type: ignore[assignment]  # seconds count, too
            if _peak() - before > GROWTH_MOST:
                print(
                    f"\n=== {name}, --seed {number}: the process grew by {(_peak() - before) // 1024} MB", flush=True
                )
                found[name] += 1
                before = _peak()
            if time.monotonic() > until:
                break
        number += 1
    print(f"\n{'target':45} {'inputs':>9} {'seconds':>8} {'found':>6}")
    for name in names:
        print(f"{name:45} {tried[name]:9,} {spent[name]:8,.0f} {found[name]:6}")
    print(f"{'all':45} {sum(tried.values()):9,} {sum(spent.values()):8,.0f} {sum(found.values()):6}   "
          f"peak {_peak() // 1024} MB")  # fmt: skip
    return 1 if found else 0


def _peak() -> int:
    """kB: the most memory that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _each_led_by_coverage(names: list[str], minutes: float) -> int:
    """A process a target: libFuzzer ends the one it runs in."""
    seconds = max(1, int(minutes * 60 / len(names)))
    ended = {}
    for name in names:
        print(f"\n=== {name}", flush=True)
        command = [sys.executable, "-m", "benchmarks.fuzz", "--libfuzzer", name, str(seconds)]
        ended[name] = subprocess.run(command, check=False).returncode
    print("\n".join(f"{name:45} {'nothing found' if code == 0 else 'FOUND'}" for name, code in ended.items()))
    return 1 if any(ended.values()) else 0


def _led_by_coverage(name: str, seconds: int) -> None:
    import atheris  # type: ignore[import-not-found]  # a tool that one may install, see above

    with atheris.instrument_imports(include=["core", "data", "bot", "web"]):
        from tests.support.fuzzing import TARGETS, as_bytes

    # Each byte is a choice of what is made, so short ones make next to nothing.
    arguments = [f"-max_total_time={seconds}", "-max_len=8192", "-len_control=0", "-timeout=60", "-rss_limit_mb=1500"]
    atheris.Setup(["fuzz", *arguments], as_bytes(TARGETS[name]))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())

"""The state machine of the tests, for long: python -m benchmarks.life [--examples 500]

Exit status 1 with the shortest sequence of steps found that breaks a promise.
"""

import argparse
import os
import subprocess
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=500)
    chosen = parser.parse_args()
    arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:logging", "tests/core/publishing/test_life.py"]
    sys.exit(subprocess.call(arguments, env={**os.environ, "ISEKAI_LIFE_EXAMPLES": str(chosen.examples)}))


if __name__ == "__main__":
    main()

"""Look the locked requirements up in a vulnerability service, where one can be reached.

Exit status 1 when a locked version has a known vulnerability. A machine that cannot reach the service says so
and goes on: an audit that did not happen is no reason to stop other checks.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_SECONDS = 180


def main() -> int:
    report = audit(ROOT / "requirements-dev.txt")
    if report is None:
        print("audit: no vulnerability service could be reached from here; not audited.")
        return 0
    found = [
        f"audit: {package['name']} {package['version']}: {problem['id']} (fixed in {problem['fix_versions']})"
        for package in report["dependencies"]
        for problem in package.get("vulns", [])
    ]
    print("\n".join(found) or f"audit: {len(report['dependencies'])} locked packages, none known to be vulnerable.")
    return 1 if found else 0


def audit(locked: Path) -> dict | None:
    """pip-audit's report, or None when it could not make one (it exits with 1 in both cases)."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    try:
        done = subprocess.run(
            [*command, "--progress-spinner", "off", "-r", locked],
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


if __name__ == "__main__":
    sys.exit(main())

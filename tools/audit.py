"""Look the locked packages up in vulnerability services, where they can be reached: Python's, and those pages load.

Exit status 1 when a locked version has a known vulnerability. A machine that cannot reach a service says so
and goes on: an audit that did not happen is no reason to stop other checks.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_SECONDS = 180


def main() -> int:
    found = [*_told("Python", of_python()), *_told("front-end", of_pages())]
    return 1 if found else 0


def _told(kind: str, problems: list[str] | None) -> list[str]:
    """*problems*, printed; None is an audit that could not be made."""
    if problems is None:
        print(f"audit: no service for {kind} packages could be reached from here; not audited.")
        return []
    print(
        "\n".join(f"audit: {one}" for one in problems)
        or f"audit: no locked {kind} package is known to be vulnerable."
    )
    return problems


def of_python() -> list[str] | None:
    """What pip-audit finds (it exits with 1 both then and when it could not look)."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json"]
    report = _report([*command, "--progress-spinner", "off", "-r", ROOT / "requirements-dev.txt"])
    if report is None or "dependencies" not in report:
        return None
    return [
        f"{package['name']} {package['version']}: {problem['id']} (fixed in {problem['fix_versions']})"
        for package in report["dependencies"]
        for problem in package.get("vulns", [])
    ]


def of_pages() -> list[str] | None:
    """What npm finds in its lock."""
    npm = shutil.which("npm")
    report = _report([npm, "audit", "--audit", "--package-lock-only", "--json"]) if npm else None
    if report is None or "vulnerabilities" not in report:
        return None
    return [f"{name}: {found['severity']}, {found['range']}" for name, found in report["vulnerabilities"].items()]


def _report(command: list[str | Path]) -> dict | None:
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_SECONDS)
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


if __name__ == "__main__":
    sys.exit(main())

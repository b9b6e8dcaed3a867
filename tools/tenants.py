"""Several instances on one machine, each a process with a user, a home, a port and settings of its own.

    sudo python tools/tenants.py add mira --url https://mira.example.org     settings, user, and what to do next
    python tools/tenants.py list                                             names, ports, addresses, how they are

Runs with the system's Python alone. Settings lie in /etc/isekai/NAME.env; docs/deploy/isekai@.service reads them.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

NAME = re.compile(r"[a-z][a-z0-9-]{0,24}")  # also a user's name, with `isekai-` before it
FIRST_PORT = 8081
SETTINGS = """\
# Isekai of {name}: made by tools/tenants.py, yours to edit. .env.example explains every setting.
ISEKAI_PORT={port}
ISEKAI_PUBLIC_URL={url}
ISEKAI_TRUSTED_PROXIES=127.0.0.1
# With the other S3_ settings, on a bucket that tenants share: keeps their pictures apart.
#S3_PATH_PREFIX={name}
# Its application at DeviantArt; the redirect URI is {url}/auth/deviantart/callback
#DEVIANTART_CLIENT_ID=
#DEVIANTART_CLIENT_SECRET=
"""
NEXT = """\
{file}: port {port}. Then:
  1. enter DEVIANTART_CLIENT_ID and DEVIANTART_CLIENT_SECRET there (without them it plays DeviantArt itself)
  2. systemctl enable --now isekai@{name}
  3. let the proxy send {host} to 127.0.0.1:{port}; for Caddy:

     {host} {{
         request_body {{
             max_size 520MB
         }}
         reverse_proxy 127.0.0.1:{port} {{
             flush_interval -1
         }}
     }}
"""


class Refused(Exception):
    """Said to whoever typed it; nothing was changed."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Several instances on one machine.")
    parser.add_argument("--settings", type=Path, default=Path("/etc/isekai"), help="where NAME.env files lie")
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="settings and a user for one more")
    adding.add_argument("name")
    adding.add_argument("--url", required=True, help="where browsers will find it")
    adding.add_argument("--no-user", action="store_true", help="make no system user (containers, tests)")
    commands.add_parser("list", help="which there are")
    options = parser.parse_args(arguments)
    try:
        if options.command == "add":
            add(options.settings, options.name, options.url.rstrip("/"), with_user=not options.no_user)
        else:
            show(options.settings)
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def add(settings: Path, name: str, url: str, *, with_user: bool) -> None:
    host = urlsplit(url).netloc
    if not NAME.fullmatch(name):
        raise Refused("A name has up to 25 small letters, digits and hyphens, and begins with a letter.")
    if urlsplit(url).scheme not in ("http", "https") or not host or urlsplit(url).path:
        raise Refused("An address is https://host, without a path.")
    there = tenants(settings)
    if name in there:
        raise Refused(f"{settings / name}.env is there already. Nothing was changed.")
    if url in {values.get("ISEKAI_PUBLIC_URL") for values in there.values()}:
        raise Refused(f"Another tenant has {url} already. Nothing was changed.")
    port = free_port(there)
    if with_user:
        make_user(f"isekai-{name}")
    settings.mkdir(mode=0o755, parents=True, exist_ok=True)
    file = settings / f"{name}.env"
    # It will hold secrets. systemd reads it as root, before it becomes the tenant's user.
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(SETTINGS.format(name=name, port=port, url=url))
    print(NEXT.format(file=file, name=name, port=port, host=host))


def make_user(name: str) -> None:
    """A user of its own: tenants cannot read each other's homes, whatever one of them is made to do."""
    if subprocess.run(["id", name], capture_output=True).returncode == 0:
        return
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    subprocess.run([useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name], check=True)


def free_port(there: dict[str, dict[str, str]]) -> int:
    taken = {values.get("ISEKAI_PORT") for values in there.values()}
    return next(port for port in range(FIRST_PORT, 65_536) if str(port) not in taken)


def tenants(settings: Path) -> dict[str, dict[str, str]]:
    """What each says, by name."""
    found = {}
    for file in sorted(settings.glob("*.env")):
        lines = file.read_text(encoding="utf-8").splitlines()
        pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
        found[file.stem] = {name.strip(): value.strip().strip("\"'") for name, value in pairs}
    return found


def show(settings: Path) -> None:
    for name, values in tenants(settings).items():
        port = values.get("ISEKAI_PORT", "8080")
        print(f"{name:<26}{port:>6}  {values.get('ISEKAI_PUBLIC_URL', ''):<40}  {how_it_is(port)}")


def how_it_is(port: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=3) as answer:
            return str(json.load(answer)["status"])
    except urllib.error.HTTPError as error:
        with error:
            ill = [f"{name}: {text}" for name, text in json.load(error)["checks"].items() if text != "ok"]
        return f"not ready ({'; '.join(ill)})"
    except (OSError, ValueError, KeyError):
        return "does not answer"


if __name__ == "__main__":
    sys.exit(main())

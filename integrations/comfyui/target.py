"""Where pictures go and with which key. The key never stands in a workflow: it would end up in every picture."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:8080"
UPLOAD_PATH = "/api/comfyui/upload"
KEY = re.compile(r"isk_[A-Za-z0-9]{20,100}")
KEY_FILE_BYTES = 4096
HERE = Path(__file__).resolve().parent


class IsekaiError(Exception):
    """ComfyUI shows the sentence to the person at the node."""


@dataclass(frozen=True)
class Target:
    scheme: str
    host: str
    port: int
    path: str
    key: str = field(repr=False)


def find_target(url: str, key_file: str, environment: Mapping[str, str] = os.environ) -> Target:
    """The address of the node (else `ISEKAI_URL`, else this machine) and the key from where it is kept.

    A workflow may come from a stranger. So when `ISEKAI_URL` is set the node's address must be that one: nobody
    else's workflow can then send the key elsewhere. Raises `IsekaiError`.
    """
    wanted, fixed = _address(url), _address(environment.get("ISEKAI_URL", ""))
    if wanted and fixed and wanted != fixed:
        raise IsekaiError(
            "The address in the node is not the one in ISEKAI_URL. Leave it empty, "
            "or change ISEKAI_URL on this machine."
        )
    address = wanted or fixed or _address(DEFAULT_URL)
    assert address is not None  # noqa: S101 - the default is one
    scheme, host, port, path = address
    return Target(scheme, host, port, path, _key(key_file.strip(), environment))


def _address(url: str) -> tuple[str, str, int, str] | None:
    given = url.strip()
    if not given:
        return None
    if KEY.search(given):
        raise IsekaiError(
            "The address holds the key itself, and would be saved in every picture. Put only the address here, "
            "such as https://isekai.example.org, and the key into ISEKAI_KEY or a file."
        )
    try:
        parts = urlsplit(given if "://" in given else f"http://{given}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise IsekaiError(f"“{given[:80]}” is not an address. It looks like {DEFAULT_URL}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
        raise IsekaiError(f"“{given[:80]}” is not an address of Isekai. It looks like {DEFAULT_URL}.")
    base = parts.path.rstrip("/").removesuffix(UPLOAD_PATH)
    return parts.scheme, parts.hostname, port, base + UPLOAD_PATH


def _key(key_file: str, environment: Mapping[str, str]) -> str:
    if KEY.search(key_file):
        raise IsekaiError(
            "“key_file” holds the key itself, and would be saved in every picture. "
            "Put the path of a file here that has the key in it, or leave it empty and set ISEKAI_KEY."
        )
    if key_file:
        return _key_in(Path(os.path.expandvars(key_file)).expanduser())
    if environment.get("ISEKAI_KEY", "").strip():
        return _checked(environment["ISEKAI_KEY"].strip(), "ISEKAI_KEY")
    named = environment.get("ISEKAI_KEY_FILE", "").strip()
    for path in [Path(named)] if named else [HERE / "isekai.key", Path.home() / ".isekai.key"]:
        if named or path.is_file():
            return _key_in(path)
    raise IsekaiError(
        "There is no key. Make one in Isekai under “API keys” (scope “upload”), then set ISEKAI_KEY where ComfyUI "
        "starts, or save the key in a file named isekai.key in this node's folder."
    )


def _key_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(KEY_FILE_BYTES)
    except OSError as error:
        raise IsekaiError(f"The key file {path} cannot be read: {error.strerror}.") from None
    return _checked(content.decode("utf-8", "replace").lstrip("\ufeff").strip(), f"The file {path}")


def _checked(key: str, place: str) -> str:
    # What is not a key is never sent anywhere: a workflow could otherwise name any file of this machine.
    if not KEY.fullmatch(key):
        raise IsekaiError(f"{place} does not hold a key of Isekai. A key starts with isk_ and is all there is in it.")
    return key

"""Secrets at rest: AES-256-GCM, each bound to the row it belongs to.

A sealed value is `1 ‖ key id (4 bytes) ‖ nonce (12) ‖ ciphertext`. The row's name is authenticated with it, so that
a token copied into another row does not open.
"""

import contextlib
import hashlib
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.home import HomeUnusable
from data.images.disk import sync_directory

_VERSION = b"\x01"


class CannotOpen(Exception):
    """Sealed with a key that is not here, or not sealed for this row."""


class Vault:
    """The first key seals, all of them open: that is how keys rotate."""

    def __init__(self, passphrases: tuple[str, ...]) -> None:
        keys = [hashlib.sha256(b"isekai vault 1\0" + phrase.encode()).digest() for phrase in passphrases]
        self._keys = {hashlib.sha256(key).digest()[:4]: AESGCM(key) for key in keys}
        self._first = hashlib.sha256(keys[0]).digest()[:4]

    def seal(self, secret: str, *, row: str) -> bytes:
        nonce = os.urandom(12)
        sealed = self._keys[self._first].encrypt(nonce, secret.encode(), row.encode())
        return _VERSION + self._first + nonce + sealed

    def open(self, sealed: bytes, *, row: str) -> str:
        key = self._keys.get(sealed[1:5])
        if sealed[:1] != _VERSION or key is None:
            raise CannotOpen("sealed with a key that is not configured")
        try:
            return key.decrypt(sealed[5:17], sealed[17:], row.encode()).decode()
        except InvalidTag:
            raise CannotOpen("not sealed for this row") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key sealed it; what is not should be sealed again."""
        return sealed[:1] == _VERSION and sealed[1:5] == self._first


def load_secret_keys(configured: str | None, key_file: Path) -> tuple[str, ...]:
    """The configured keys, else those in *key_file*, which is made (mode 0600) when missing.

    Raises `HomeUnusable` where the file holds none.
    """
    text = configured
    if not text:
        if not key_file.exists():
            key_file.parent.mkdir(parents=True, exist_ok=True)
            _make_key(key_file)
        text = key_file.read_text(encoding="utf-8")
    keys = tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())
    if not keys:
        raise HomeUnusable(
            f"{key_file} holds no key. Put the one of this instance back; where there never was one, remove the file."
        )
    return keys


def _make_key(key_file: Path) -> None:
    """Whole or not at all, whatever becomes of the disk; whoever else made one first wins."""
    descriptor, unfinished = tempfile.mkstemp(prefix=".key-", dir=key_file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(unfinished, key_file)
            sync_directory(key_file.parent)
    finally:
        Path(unfinished).unlink()

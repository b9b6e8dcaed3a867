"""Secrets at rest: AES-256-GCM, each bound to the row it belongs to.

A sealed value is `1 ‖ key id (4 bytes) ‖ nonce (12) ‖ ciphertext`. The row's name is authenticated with it, so that
a token copied into another row does not open.
"""

import contextlib
import hashlib
import os
import secrets
import sqlite3
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from data.database import named
from data.home import HomeUnusable
from data.images.disk import sync_directory

_VERSION = b"\x01"
_SEALED = ("account WHERE refresh_token IS NOT NULL", "webhook")


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


def load_secret_keys(key_file: Path, *, database: Path) -> tuple[str, ...]:
    """The keys in *key_file*, which is made (mode 0600) where nothing in *database* was sealed with another yet.

    Raises `HomeUnusable` where the file holds none, or is missing.
    """
    if not key_file.exists():
        refuse_missing_key(key_file, database=database)
        key_file.parent.mkdir(parents=True, exist_ok=True)
        _make_key(key_file)
    text = key_file.read_text(encoding="utf-8")
    keys = tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())
    if not keys:
        raise HomeUnusable(
            f"{key_file} holds no key. Put the one of this instance back; where there never was one, remove the file."
        )
    return keys


def refuse_missing_key(key_file: Path, *, database: Path) -> None:
    """Raises `HomeUnusable` where a new key would open nothing of what was sealed with the one that is missing."""
    if _holds_sealed(database):
        raise HomeUnusable(
            f"{key_file} is missing, and this database was sealed with it. Put it back, or set ISEKAI_SECRET_KEY."
            f" If it is lost, write a new one there (openssl rand -hex 32 > {key_file}): every account then has to be"
            " connected again, and webhooks need new secrets."
        )


def _holds_sealed(database: Path) -> bool:
    if not database.exists():
        return False
    with contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            return any(connection.execute(f"SELECT 1 FROM {place} LIMIT 1").fetchone() for place in _SEALED)
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # nothing was ever put into it
                return False
            raise named(error, database) from error


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

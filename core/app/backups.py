"""`isekai backup` and `isekai restore`, and where the backups of a running instance lie."""

import asyncio
import sys
import tempfile
from pathlib import Path

from core.app.images import picture_hold
from core.clock import Clock, SystemClock
from core.settings import Settings
from data.backup import Manifest, Secret, mark_restored, read_backup, write_backup
from data.backup_pictures import BackupPictures
from data.backup_shelf import BackupShelf
from data.home import HomeLock, HomeUnusable
from data.putting_back import put_back, sweep_unpacked
from data.vault import load_secret_keys


def secret_of(settings: Settings, passphrase: str | None = None) -> Secret:
    key_file = settings.secret_key_file or settings.home / "secret.key"
    return Secret(settings.secret_keys or load_secret_keys(key_file, database=settings.database), passphrase)


def _key_to_open(settings: Settings, passphrase: str | None) -> Secret:
    """As `secret_of`, but where there is no key none is made: it would open nothing."""
    key_file = settings.secret_key_file or settings.home / "secret.key"
    if settings.secret_keys or key_file.exists():
        return secret_of(settings, passphrase)
    return Secret((), passphrase)


def _write(settings: Settings, target: Path, secret: Secret, clock: Clock, *, images: bool) -> Manifest:
    # Pictures in a bucket are kept safe there: a backup holds those on this machine.
    directory = settings.home / "images" if images and settings.s3 is None else None
    with picture_hold(settings.home).shared():
        return write_backup(target, database=settings.database, images=directory, secret=secret, now=clock.now())


async def backup(settings: Settings, file: Path, images: bool = True, passphrase: str | None = None) -> int:
    """Safe while the instance serves."""
    if not settings.database.exists():
        print(f"There is no instance in {settings.home} to back up.", file=sys.stderr)  # noqa: T201
        return 1
    secret = secret_of(settings, passphrase)
    manifest = await asyncio.to_thread(_write, settings, file, secret, SystemClock(), images=images)
    print(f"Backed up {manifest.counts['post']} posts and {manifest.images} picture files to {file}.")  # noqa: T201
    return 0


def open_shelf(settings: Settings) -> BackupShelf:
    """Beside the database. Pictures in a bucket are kept safe there, and left out."""
    return BackupShelf(
        settings.home / "backups",
        database=settings.database,
        images=settings.home / "images" if settings.s3 is None else None,
        secret=lambda: secret_of(settings),
        hold=picture_hold(settings.home),
    )


def open_backup_pictures(settings: Settings) -> BackupPictures:
    """Of what lies beside the backups, and of the databases that restores put aside: all may be put back."""
    directory = settings.home / "backups"

    def kept() -> list[Path]:
        aside = settings.home.glob(f"before-restore-*/{settings.database.name}")
        return [*directory.glob("*.backup"), *directory.glob("*.db"), *aside]

    return BackupPictures(directory / "pictures", backups=kept, secret=lambda: secret_of(settings))


async def restore(settings: Settings, file: Path, passphrase: str | None = None) -> int:
    """Refuses while a process owns the home; checks everything before it touches anything."""
    lock = HomeLock(settings.home)
    try:
        lock.acquire()
    except HomeUnusable as error:
        print(error, file=sys.stderr)  # noqa: T201 - the person at the terminal
        return 2
    try:
        manifest = await asyncio.to_thread(
            _restore, settings, file, _key_to_open(settings, passphrase), SystemClock()
        )
    finally:
        lock.release()
    print(  # noqa: T201
        f"Restored {manifest.counts['post']} posts as they were at {manifest.taken_at:%Y-%m-%d %H:%M} UTC."
        " Publishing is paused: start Isekai, sign in, and release it when your gallery has been checked."
    )
    return 0


def _restore(settings: Settings, file: Path, secret: Secret, clock: Clock) -> Manifest:
    now = clock.now()
    sweep_unpacked(settings.home)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.home) as directory:
        unpacked = Path(directory)
        manifest = read_backup(file, unpacked, secret=secret)
        mark_restored(unpacked / "isekai.db", manifest, now=now)
        put_back(unpacked, home=settings.home, database=settings.database, now=now)
    return manifest

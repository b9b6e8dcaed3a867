"""Putting a backup in the place of what is there, so that a kill in the middle is noticed by whoever comes next."""

import shutil
from datetime import datetime
from pathlib import Path

from data.home import HomeUnusable
from data.images.disk import sync_directory

_MARK = "restore-unfinished"


def put_back(unpacked: Path, *, home: Path, database: Path, now: datetime) -> None:
    """Put *unpacked* (on the same file system) into *home*; the database that was there is set aside.

    Between setting one aside and having the other in place there is no database, and a start would make an empty
    one: a mark says so until it is over. Doing it again finishes it.
    """
    mark = home / _MARK
    mark.touch()
    sync_directory(home)
    _put_pictures(unpacked / "images", home / "images")
    _set_aside(database, home / f"before-restore-{now:%Y%m%d-%H%M%S}")
    database.parent.mkdir(parents=True, exist_ok=True)
    (unpacked / "isekai.db").replace(database)
    sync_directory(database.parent)
    mark.unlink()


def refuse_half_restored(home: Path) -> None:
    """Raises `HomeUnusable` where a restore was begun and not finished."""
    if (home / _MARK).exists():
        raise HomeUnusable(
            f"A restore into {home} was interrupted. Run isekai restore with the backup once more; what was there"
            " before lies in before-restore-…"
        )


def sweep_unpacked(home: Path) -> None:
    """What a killed restore had unpacked. Only for the process that owns the home."""
    for left_over in home.glob(".restore-*"):
        shutil.rmtree(left_over, ignore_errors=True)


def _set_aside(database: Path, aside: Path) -> None:
    for there in (database, *(Path(f"{database}{end}") for end in ("-wal", "-shm"))):
        if there.exists():
            aside.mkdir(exist_ok=True)
            there.rename(aside / there.name)


def _put_pictures(unpacked: Path, images: Path) -> None:
    """Named by content, so what is there already is the same."""
    for path in unpacked.rglob("*") if unpacked.exists() else ():
        target = images / path.relative_to(unpacked)
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)

"""A backup opens only whole, only with its key, and only where it belongs."""

import errno
import io
import os
import sqlite3
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.app.backups import restore
from core.app.commands import migrate
from core.app.doctor import doctor
from core.errors import NotFound, StorageUnavailable
from core.operations.backups import BackupKind, is_due
from core.settings import load_settings
from data.backup import (
    CHUNK,
    MAGIC,
    BackupDamaged,
    Secret,
    _Sealer,
    mark_restored,
    read_backup,
    write_backup,
)
from data.backup_shelf import BackupShelf
from data.home import HomeUnusable
from data.images.hold import PictureHold
from data.migrate import MigrationError, bring_up_to_date
from data.vault import load_secret_keys

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = Secret(keys=("the key of this instance",))
PICTURE = b"not really a picture" * 100_000  # more than one chunk


@pytest.fixture
def home(tmp_path: Path) -> Path:
    import hashlib

    home = tmp_path / "home"
    bring_up_to_date(home / "isekai.db", backups=home / "backups", now=NOW)
    name = hashlib.sha256(PICTURE).hexdigest()
    picture = home / "images/files" / name[:2] / name
    picture.parent.mkdir(parents=True)
    picture.write_bytes(PICTURE)
    with sqlite3.connect(home / "isekai.db") as database:
        database.execute("INSERT INTO user (name, role, created_at) VALUES ('mira', 'admin', 0)")
    database.close()
    return home


def backed_up(home: Path, *, secret: Secret = SECRET) -> Path:
    target = home.parent / "kept.backup"
    write_backup(target, database=home / "isekai.db", images=home / "images", secret=secret, now=NOW)
    return target


def restored(source: Path, into: Path, *, secret: Secret = SECRET) -> Path:
    into.mkdir()
    read_backup(source, into, secret=secret)
    return into


def test_what_was_backed_up_comes_back_byte_for_byte(home: Path, tmp_path: Path) -> None:
    there = restored(backed_up(home), tmp_path / "restored")

    with sqlite3.connect(there / "isekai.db") as database:
        assert database.execute("SELECT name FROM user").fetchall() == [("mira",)]
    database.close()
    assert [path.read_bytes() for path in (there / "images").rglob("*") if path.is_file()] == [PICTURE]


def test_a_backup_is_readable_by_its_owner_only_and_says_nothing(home: Path) -> None:
    target = backed_up(home)

    assert target.stat().st_mode & 0o777 == 0o600
    assert b"mira" not in target.read_bytes()


def test_a_passphrase_opens_it_and_another_does_not(home: Path, tmp_path: Path) -> None:
    target = backed_up(home, secret=Secret(passphrase="correct horse"))

    assert (restored(target, tmp_path / "a", secret=Secret(passphrase="correct horse")) / "isekai.db").exists()
    with pytest.raises(BackupDamaged):
        restored(target, tmp_path / "b", secret=Secret(passphrase="wrong horse"))
    with pytest.raises(BackupDamaged):
        restored(target, tmp_path / "c")


def test_a_rotated_key_still_opens_what_the_old_one_sealed(home: Path, tmp_path: Path) -> None:
    target = backed_up(home)

    there = restored(target, tmp_path / "restored", secret=Secret(keys=("a newer key", *SECRET.keys)))

    assert (there / "isekai.db").exists()


@pytest.mark.parametrize("kept", [10, len(MAGIC) + 17, -1, -CHUNK // 2])
def test_a_backup_that_was_cut_short_is_refused(home: Path, tmp_path: Path, kept: int) -> None:
    target = backed_up(home)
    target.write_bytes(target.read_bytes()[:kept])

    with pytest.raises(BackupDamaged):
        restored(target, tmp_path / "restored")


@pytest.mark.parametrize("where", [3, len(MAGIC) + 5, len(MAGIC) + 17 + 100, -5])
def test_a_changed_byte_is_noticed(home: Path, tmp_path: Path, where: int) -> None:
    target = backed_up(home)
    content = bytearray(target.read_bytes())
    content[where] ^= 1
    target.write_bytes(bytes(content))

    with pytest.raises(BackupDamaged):
        restored(target, tmp_path / "restored")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "secret.key", "images/files/../../x"])
def test_names_that_do_not_belong_into_a_backup_are_refused(tmp_path: Path, name: str) -> None:
    source = tmp_path / "hostile.backup"
    with source.open("wb") as file:
        sealer = _Sealer(file, SECRET)
        with tarfile.open(fileobj=sealer, mode="w|") as tar:
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"evil"))
        sealer.close()

    with pytest.raises(BackupDamaged):
        restored(source, tmp_path / "restored")
    assert not (tmp_path / "outside").exists()


def test_a_restored_database_publishes_nothing_by_itself(home: Path, tmp_path: Path) -> None:
    target = backed_up(home)
    there = tmp_path / "restored"
    there.mkdir()
    manifest = read_backup(target, there, secret=SECRET)

    mark_restored(there / "isekai.db", manifest, now=NOW)

    with sqlite3.connect(there / "isekai.db") as database:
        told = dict(database.execute("SELECT name, value FROM instance_state"))
    database.close()
    assert told["publishing_paused"] == "true"
    assert told["backup_taken_at"] == str(int(NOW.timestamp()))


def a_shelf(directory: Path, home: Path | None = None) -> BackupShelf:
    home = home or directory
    return BackupShelf(
        directory,
        database=home / "isekai.db",
        images=home / "images",
        secret=lambda: SECRET,
        hold=PictureHold(home / "images" / "hold.lock"),
    )


def test_only_the_newest_daily_backups_are_kept(tmp_path: Path) -> None:
    for day in range(1, 10):
        (tmp_path / f"daily-2026110{day}-030000.backup").touch()
        (tmp_path / f"before-migration-2026110{day}-030000.db").touch()
    (tmp_path / "mine.backup").touch()
    (tmp_path / "manual-20260101-030000.backup").touch()

    a_shelf(tmp_path).prune(keep=7)

    assert len(list(tmp_path.glob("daily-*"))) == len(list(tmp_path.glob("before-*"))) == 7
    assert not (tmp_path / "daily-20261101-030000.backup").exists()
    assert (tmp_path / "mine.backup").exists()
    assert (tmp_path / "manual-20260101-030000.backup").exists()


def test_a_backup_on_the_shelf_says_what_it_is_and_opens(home: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    shelf = a_shelf(home / "backups", home)

    made = shelf.make(BackupKind.BY_HAND, images=True, now=NOW, on_progress=lambda *said: heard.append(said))

    assert shelf.files() == [made]
    assert (made.name, made.kind) == ("manual-20261123-120000.backup", BackupKind.BY_HAND)
    assert (made.made_at, made.size) == (NOW, shelf.path(made.name).stat().st_size)
    assert heard == [(0, 1), (1, 1)]
    (tmp_path / "there").mkdir()
    assert read_backup(shelf.path(made.name), tmp_path / "there", secret=SECRET).images == 1


def test_the_copy_kept_before_a_migration_comes_back_too(home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / "isekai.db") as database:
        database.execute("DELETE FROM schema_migration WHERE number >= 146")
    database.close()
    with pytest.raises(sqlite3.OperationalError):  # the index that it makes is there already
        bring_up_to_date(home / "isekai.db", backups=home / "backups", now=NOW)
    copy = home / "backups" / "before-migration-20261123-120000.db"

    there = restored(copy, tmp_path / "there")

    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(there / "isekai.db") as database:
        assert database.execute("SELECT name FROM user").fetchall() == [("mira",)]
    database.close()


def test_a_backup_of_a_newer_version_is_refused_by_name(home: Path, tmp_path: Path) -> None:
    with sqlite3.connect(home / "isekai.db") as database:
        database.execute("INSERT INTO schema_migration VALUES (9999, '9999_later.sql', 0)")
    database.close()

    with pytest.raises(MigrationError, match="newer version"):
        restored(backed_up(home), tmp_path / "there")


@pytest.mark.parametrize(
    "name", ["", "..", "../isekai.db", "isekai.db", "daily-20261123-120000.backup", "secret.key"]
)
def test_nothing_but_what_is_listed_can_be_named(home: Path, name: str) -> None:
    with pytest.raises(NotFound):
        a_shelf(home / "backups", home).path(name)


def test_the_next_daily_backup_is_due_a_day_after_the_last_one() -> None:
    newest = datetime(2026, 11, 23, 11, tzinfo=UTC)

    assert not is_due(newest, now=newest + timedelta(hours=23))
    assert is_due(newest, now=newest + timedelta(hours=24))
    assert is_due(newest, now=newest - timedelta(hours=2)), "a clock set back does not stop backups"
    assert is_due(None, now=newest)


def test_half_a_copy_does_not_pass_for_a_backup(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with sqlite3.connect(home / "isekai.db") as database:
        database.execute("DELETE FROM schema_migration WHERE number = (SELECT max(number) FROM schema_migration)")
    database.close()
    (home / "backups").mkdir(exist_ok=True)
    (home / "backups" / "before-migration-20261101-120000.part").touch()  # of a killed start
    monkeypatch.setattr("data.migrate.sync_file", full)

    with pytest.raises(OSError, match="No space left"):
        bring_up_to_date(home / "isekai.db", backups=home / "backups", now=NOW)

    assert list((home / "backups").iterdir()) == []


def test_a_damaged_database_is_said_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "isekai.db").write_bytes(b"SQLite format 3\x00" + b"x" * 5000)

    with pytest.raises(StorageUnavailable, match=r"isekai.db is damaged .*: restore a backup"):
        bring_up_to_date(tmp_path / "isekai.db", backups=tmp_path, now=NOW)


async def test_a_restore_that_was_killed_is_noticed_and_done_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings({"ISEKAI_HOME": str(home), "ISEKAI_SECRET_KEY": SECRET.keys[0]}, {})
    backup = backed_up(home)
    (home / ".restore-killed").mkdir()

    def killed(*there: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("data.putting_back._set_aside", killed)
        with pytest.raises(KeyboardInterrupt):
            await restore(settings, backup)
    assert await migrate(settings) == 2, "an empty database must not take its place"
    assert "was interrupted" in capsys.readouterr().err
    assert await doctor(settings) == 1
    assert "was interrupted" in capsys.readouterr().out

    assert await restore(settings, backup) == 0
    assert await migrate(settings) == 0
    assert not list(home.glob(".restore-*"))
    assert len(list(home.glob("before-restore-*/isekai.db"))) == 1


def test_what_killed_backups_left_goes_and_one_being_made_stays(tmp_path: Path) -> None:
    for name, age in ((".backup-old", 7200), (".backup-now", 5)):
        half = tmp_path / name / "backup"
        half.parent.mkdir()
        half.touch()
        for path in (half, half.parent):
            os.utime(path, (path.stat().st_mtime - age,) * 2)

    a_shelf(tmp_path).prune(keep=7)

    assert [path.name for path in tmp_path.iterdir()] == [".backup-now"]


def test_a_key_is_made_whole_or_not_at_all_and_an_empty_file_is_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "secret.key"
    with monkeypatch.context() as patched:
        patched.setattr("data.vault.os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            load_secret_keys(file, database=tmp_path / "isekai.db")
    assert list(tmp_path.iterdir()) == []

    database = tmp_path / "isekai.db"
    assert load_secret_keys(file, database=database) == load_secret_keys(file, database=database)
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("\n")
    with pytest.raises(HomeUnusable, match="holds no key"):
        load_secret_keys(file, database=database)


def test_no_new_key_takes_the_place_of_one_that_is_missing(home: Path) -> None:
    file, database = home / "secret.key", home / "isekai.db"
    load_secret_keys(file, database=database)
    with sqlite3.connect(database) as connection:
        connection.execute(
            "INSERT INTO webhook (user_id, name, url, kinds, secret, from_event_id, created_at)"
            " VALUES (1, 'w', 'https://example.org', '[]', x'01', 0, 0)"
        )
    connection.close()
    file.unlink()

    with pytest.raises(HomeUnusable, match=r"secret.key is missing, .* Put it back, or set ISEKAI_SECRET_KEY"):
        load_secret_keys(file, database=database)
    assert not file.exists()


def test_a_backup_that_cannot_be_written_says_where_and_replaces_nothing_but_files(home: Path) -> None:
    pipe = home / "pipe"
    os.mkfifo(pipe)
    database, images = home / "isekai.db", home / "images"

    for target in (pipe, home):
        with pytest.raises(StorageUnavailable, match="is no file"):
            write_backup(target, database=database, images=images, secret=SECRET, now=NOW)
    with pytest.raises(StorageUnavailable, match=r"cannot be written into .*isekai\.db"):
        write_backup(database / "b.backup", database=database, images=images, secret=SECRET, now=NOW)
    assert pipe.is_fifo()

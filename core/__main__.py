"""The `isekai` command: reads settings, then hands over to `core.app`.

Each command imports what it runs only when it runs, so `isekai --help` and a mistyped setting answer at once. Exit
status: 0 done, 1 it failed, 2 settings or circumstances do not allow it (also a mistyped command line).

In `core.app` each command is a coroutine that takes the settings first. Those that print something return it:
`openapi` and `create_key` text, `list_users` lines. The others return the exit status.
"""

import asyncio
import os
import sys
from collections.abc import Coroutine, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click

from core import __version__
from core.environment import BOOLEANS
from core.errors import AppError, said_by_system
from core.settings import Settings, SettingsError, load_settings

WRITABLE_FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="isekai")
def main() -> None:
    """Review, schedule and publish pictures to DeviantArt, each exactly once."""
    # Whatever is written, the database, pictures, backups, is for the user it runs as alone.
    os.umask(0o077)


@main.command()
@click.option("--ready-file", type=WRITABLE_FILE, help="Write the URL to this file once /ready answers 200.")
def serve(ready_file: Path | None) -> None:
    """Run the dashboard, the publisher and the bot."""
    _finish("serve", read_settings(), ready_file)


@main.command()
def migrate() -> None:
    """Bring the database up to date, keeping a copy of it first."""
    _finish("migrate", read_settings())


@main.command()
@click.argument("file", type=WRITABLE_FILE)
@click.option("--without-pictures", is_flag=True, help="Only the database: much smaller.")
@click.option("--passphrase-file", type=EXISTING_FILE, help="Seal it with the first line of this file instead.")
def backup(file: Path, without_pictures: bool, passphrase_file: Path | None) -> None:
    """Write everything of ISEKAI_HOME that matters into FILE, encrypted; safe while serving."""
    _finish("backup", read_settings(), file, not without_pictures, _first_line(passphrase_file))


@main.command()
@click.argument("file", type=EXISTING_FILE)
@click.option("--passphrase-file", type=EXISTING_FILE, help="It was sealed with the first line of this file.")
def restore(file: Path, passphrase_file: Path | None) -> None:
    """Put a backup back. Publishing stays paused until a person releases it."""
    _finish("restore", read_settings(), file, _first_line(passphrase_file))


@main.command()
def doctor() -> None:
    """Check settings, process, database, storage, clock, tokens, Discord, mail, disk and backups."""
    _finish("doctor", read_settings())


@main.command()
def sandbox() -> None:
    """Run only the imitation of DeviantArt."""
    _finish("sandbox", read_settings())


@main.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    click.echo(_run("openapi", read_settings()))


@main.group()
def user() -> None:
    """People who may sign in."""


@user.command("list")
def list_users() -> None:
    """One line a person: id, name, role, state."""
    for line in _run("list_users", read_settings()):
        click.echo(line)


@user.command()
@click.argument("name")
def promote(name: str) -> None:
    """Make NAME an admin."""
    _finish("promote_user", read_settings(), name)


@user.command()
@click.argument("name")
def disable(name: str) -> None:
    """Keep NAME out: ends sessions and keys, pauses what was scheduled."""
    _finish("disable_user", read_settings(), name)


@main.group()
def people() -> None:
    """People and what they leave behind."""


@people.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask for the name again.")
def remove_person(name: str, yes: bool) -> None:
    """Remove NAME for good, with every post, picture, account and key of theirs. Nothing on DeviantArt changes."""
    if not yes and click.prompt(f"This cannot be taken back. Type {name} again") != name:
        raise click.ClickException("That is another name; nothing was removed.")
    click.echo(_run("remove_person", read_settings(), name))


@main.group()
def key() -> None:
    """API keys for programs."""


@key.command("create")
@click.option("--user", "owner", required=True, help="Whose key: a user name.")
@click.option("--name", required=True, help="What it is for, as Settings will show it.")
@click.option(
    "--scopes", required=True, help="Comma-separated: upload, read, write, publish, sales, calendar, admin."
)
def create_key(owner: str, name: str, scopes: str) -> None:
    """Make a key and print it, this once."""
    chosen = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    click.echo(_run("create_key", read_settings(), owner, name, chosen))


@main.group()
def images() -> None:
    """Where pictures are kept."""


@images.command("move")
@click.option(
    "--to",
    "target",
    type=click.Choice(["s3", "local"]),
    required=True,
    help="Where they go.",
)
def move_images(target: str) -> None:
    """Copy every picture to the bucket, or back to local disk: verified, and again where it stopped."""
    _finish("move_images", read_settings(), target)


@images.command("clean")
@click.option("--dry-run", is_flag=True, help="Only list them: name, bytes, date.")
def clean_images(dry_run: bool) -> None:
    """Remove pictures that no post and no kept backup needs; serving does so once a day."""
    _finish("clean_images", read_settings(), dry_run)


def _first_line(file: Path | None) -> str | None:
    """A passphrase never stands on the command line, where every process of the machine can read it."""
    if file is None:
        return None
    line = file.read_text(encoding="utf-8").split("\n", 1)[0].strip()
    if len(line) < 12:
        raise click.BadParameter("the passphrase needs at least 12 characters", param_hint="--passphrase-file")
    return line


def read_settings() -> Settings:
    """Settings of this process, or its end with status 2 after saying everything that is wrong with them."""
    dotenv, problems = read_dotenv(os.environ)
    try:
        settings = load_settings(os.environ, dotenv)
    except SettingsError as error:
        problems += error.problems
    if not problems:
        return settings
    click.echo("These settings cannot be used:", err=True)
    for problem in problems:
        click.echo(f"  {problem}", err=True)
    sys.exit(2)


def read_dotenv(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What `.env` in the working directory says, and what of it cannot be read; ISEKAI_NO_DOTENV=1 ignores it."""
    file = Path(".env")
    if BOOLEANS.get(environ.get("ISEKAI_NO_DOTENV", "").strip().lower(), False) or not file.is_file():
        return {}, []
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        return {}, [said_by_system(error)]
    except UnicodeDecodeError:
        return {}, [".env is no text in UTF-8."]
    return _parsed(text)


def _parsed(text: str) -> tuple[dict[str, str], list[str]]:
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    bindings = list(parse_stream(StringIO(text)))
    unreadable = [line for line in bindings if line.error or (line.key and line.value is None)]
    problems = [f"Line {line.original.line} of .env cannot be read: write NAME=value." for line in unreadable]
    readable = "".join(line.original.string for line in bindings if line not in unreadable)
    values = dotenv_values(stream=StringIO(readable))
    return {name: value for name, value in values.items() if value is not None}, problems


def _run(command: str, *arguments: object) -> Any:
    """Run `core.app.<command>`; what it cannot do for the person is said without a traceback."""
    from core import app

    work: Coroutine[Any, Any, Any] = getattr(app, command)(*arguments)
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(130)
    except AppError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(said_by_system(error), err=True)
        sys.exit(1)


def _finish(command: str, *arguments: object) -> None:
    """Run it and end with the status it returns; None counts as 0."""
    sys.exit(_run(command, *arguments) or 0)


if __name__ == "__main__":
    main(prog_name="isekai")

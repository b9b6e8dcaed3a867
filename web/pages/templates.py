"""Jinja, set up once: escaping on, static addresses with their versions."""

import contextlib
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket

from web.assets import Assets

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
COMPILED = TEMPLATES / "__pycache__"


class Compiled(jinja2.FileSystemBytecodeCache):
    """What templates are compiled to, beside them: a page's would take 70 ms at its first view.

    Each is looked up by its text and by Jinja's version, so that nothing old is ever used.
    """

    def __init__(self) -> None:
        super().__init__(str(COMPILED))

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            COMPILED.mkdir(exist_ok=True)
            super().dump_bytecode(bucket)


class Templates:
    def __init__(self, assets: Assets) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            auto_reload=False,
            bytecode_cache=Compiled(),
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.ChainableUndefined,
        )
        self._environment.globals["static"] = assets.url

    def render(self, name: str, context: dict[str, Any]) -> str:
        return self._environment.get_template(name).render(context)

    def compile(self, name: str) -> None:
        self._environment.get_template(name)


def compile_all() -> None:
    """Part of an installation, for where whoever runs it may not write here; they may read it."""
    templates = Templates(Assets())
    for path in TEMPLATES.rglob("*.html"):
        templates.compile(path.relative_to(TEMPLATES).as_posix())
    for compiled in COMPILED.iterdir():
        compiled.chmod(0o644)

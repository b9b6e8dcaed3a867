"""Jinja, set up once: escaping on, strict about names, static addresses with their versions."""

from pathlib import Path
from typing import Any

import jinja2

from web.assets import Assets

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


class Templates:
    def __init__(self, assets: Assets) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.ChainableUndefined,
        )
        self._environment.globals["static"] = assets.url

    def render(self, name: str, context: dict[str, Any]) -> str:
        return self._environment.get_template(name).render(context)

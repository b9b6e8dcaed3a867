"""The composition root: the one place where every concrete class is named and handed to its user.

`parts.py` wires, `server.py` keeps one process alive, `commands.py` is what `isekai` does beside serving.
"""

from core.app.backups import backup, restore
from core.app.commands import (
    clean_images,
    create_key,
    disable_user,
    list_users,
    migrate,
    openapi,
    promote_user,
    remove_person,
    sandbox,
)
from core.app.doctor import doctor
from core.app.images import move as move_images
from core.app.parts import App, build
from core.app.server import Server, serve

__all__ = [
    "App",
    "Server",
    "backup",
    "build",
    "clean_images",
    "create_key",
    "disable_user",
    "doctor",
    "list_users",
    "migrate",
    "move_images",
    "openapi",
    "promote_user",
    "remove_person",
    "restore",
    "sandbox",
    "serve",
]

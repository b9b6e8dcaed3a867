"""What the rooms beside the posts keep: one file a room."""

from data.database import Connection
from data.rooms.folders import Folders
from data.rooms.inspiration import CopyRows, KeepRows
from data.rooms.published import ErrandRows, FigureRows
from data.rooms.sales import Presets, Sales, Wishes
from data.rooms.templates import Templates


class RoomRows:
    """The rooms' repositories over one connection in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.templates = Templates(connection)
        self.folders = Folders(connection)
        self.presets = Presets(connection)
        self.wishes = Wishes(connection)
        self.sales = Sales(connection)
        self.errands = ErrandRows(connection)
        self.figures = FigureRows(connection)
        self.copies = CopyRows(connection)
        self.keeps = KeepRows(connection)

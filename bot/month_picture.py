"""The month as a picture, made for Discord's dark ground: works as tiles, their times on them.

`draw` takes tens of milliseconds and belongs in a thread. Pillow is imported only then.
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

WIDTH, MARGIN, GAP, HEADER, WEEKDAYS_HEIGHT = 1400, 36, 8, 96, 34
CELL_HEIGHT, DAY_HEIGHT, TILES_MOST = 156, 30, 4
GROUND, CELL, CELL_OUTSIDE, LINE = "#1b1d22", "#25282f", "#1f2127", "#31353e"
INK, INK_SOFT, INK_FAINT, ACCENT = "#f1f2f4", "#a9afba", "#5f6672", "#7fb2e5"
MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Tile:
    """One work on its day. `at` is the wall clock in the reader's zone, `color` that of its state (0xRRGGBB)."""

    at: datetime
    title: str
    color: int
    thumb: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Month:
    """`today` is None when it lies in another month."""

    year: int
    month: int
    time_zone: str
    tiles: Sequence[Tile]
    today: date | None = None

    @property
    def name(self) -> str:
        return f"{MONTHS[self.month - 1]} {self.year}"

    def weeks(self) -> list[list[date]]:
        """Monday first, whole weeks."""
        return calendar.Calendar(firstweekday=0).monthdatescalendar(self.year, self.month)

    def by_day(self) -> Mapping[date, list[Tile]]:
        days: dict[date, list[Tile]] = {}
        for tile in sorted(self.tiles, key=lambda tile: tile.at):
            days.setdefault(tile.at.date(), []).append(tile)
        return days


def describe(month: Month) -> str:
    """The same in words, for readers who do not see pictures."""
    lines = [
        f"{day.day} {DAYS[day.weekday()]}: " + ", ".join(f"{t.at:%H:%M} {t.title or 'Untitled'}" for t in tiles)
        for day, tiles in month.by_day().items()
    ]
    return "; ".join(lines) or "Nothing is planned."


def draw(month: Month) -> bytes:
    """A PNG."""
    from PIL import Image, ImageDraw

    weeks = month.weeks()
    height = HEADER + WEEKDAYS_HEIGHT + len(weeks) * (CELL_HEIGHT + GAP) + MARGIN - GAP
    picture = Image.new("RGB", (WIDTH, height), GROUND)
    pen = ImageDraw.Draw(picture)
    _draw_header(pen, month)
    width = (WIDTH - 2 * MARGIN - 6 * GAP) // 7
    tiles = month.by_day()
    for row, week in enumerate(weeks):
        for column, day in enumerate(week):
            left = MARGIN + column * (width + GAP)
            top = HEADER + WEEKDAYS_HEIGHT + row * (CELL_HEIGHT + GAP)
            box = (left, top, left + width, top + CELL_HEIGHT)
            _draw_day(picture, pen, box, day, tiles.get(day, []), month)
    out = io.BytesIO()
    # Few colours outside the thumbnails: a palette would band them, and optimising costs more than it saves.
    picture.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _draw_header(pen: ImageDraw.ImageDraw, month: Month) -> None:
    pen.text((MARGIN, 30), month.name, fill=INK, font=_font(38))
    count = len(month.tiles)
    told = f"{count} work{'' if count == 1 else 's'} · {month.time_zone}"
    pen.text((WIDTH - MARGIN, 46), told, fill=INK_SOFT, font=_font(20), anchor="ra")
    width = (WIDTH - 2 * MARGIN - 6 * GAP) // 7
    for column, name in enumerate(DAYS):
        pen.text((MARGIN + column * (width + GAP) + 10, HEADER + 2), name, fill=INK_SOFT, font=_font(18))


Box = tuple[int, int, int, int]


def _draw_day(
    picture: Image.Image, pen: ImageDraw.ImageDraw, box: Box, day: date, tiles: list[Tile], month: Month
) -> None:
    inside = day.month == month.month
    is_today = day == month.today
    outline = ACCENT if is_today else (LINE if inside else None)
    pen.rounded_rectangle(box, 10, fill=CELL if inside else CELL_OUTSIDE, outline=outline, width=2 if is_today else 1)
    ink = ACCENT if is_today else INK_SOFT if inside else INK_FAINT
    pen.text((box[0] + 10, box[1] + 6), str(day.day), fill=ink, font=_font(18))
    if len(tiles) > TILES_MOST:
        more = f"+{len(tiles) - TILES_MOST}"
        pen.text((box[2] - 10, box[1] + 6), more, fill=INK_SOFT, font=_font(18), anchor="ra")
    area = (box[0] + 6, box[1] + DAY_HEIGHT, box[2] - 6, box[3] - 6)
    for tile, place in zip(tiles, mosaic(area, min(len(tiles), TILES_MOST)), strict=False):
        _draw_tile(picture, pen, place, tile)


def mosaic(area: Box, count: int) -> list[Box]:
    """Where *count* (0 to 4) tiles go: one fills, two stand side by side, more share a grid of two rows."""
    left, top, right, bottom = area
    middle, half = (left + right) // 2, (top + bottom) // 2
    match count:
        case 0:
            return []
        case 1:
            return [area]
        case 2:
            return [(left, top, middle - 2, bottom), (middle + 2, top, right, bottom)]
        case 3:
            right_half = [(middle + 2, top, right, half - 2), (middle + 2, half + 2, right, bottom)]
            return [(left, top, middle - 2, bottom), *right_half]
        case _:
            above = [(left, top, middle - 2, half - 2), (middle + 2, top, right, half - 2)]
            return [*above, (left, half + 2, middle - 2, bottom), (middle + 2, half + 2, right, bottom)]


def _draw_tile(picture: Image.Image, pen: ImageDraw.ImageDraw, box: Box, tile: Tile) -> None:
    size = (box[2] - box[0], box[3] - box[1])
    color = f"#{tile.color:06x}"
    thumb = _thumb(tile.thumb, size)
    if thumb is None:
        pen.rounded_rectangle(box, 6, fill=LINE)
        _write_title(pen, box, tile.title)
    else:
        picture.paste(thumb, (box[0], box[1]), _rounded(size, 6))
    clock = f"{tile.at:%H:%M}"
    font = _font(15)
    length = int(pen.textlength(clock, font=font))
    chip = (box[0] + 4, box[3] - 24, box[0] + 24 + length, box[3] - 4)
    pen.rounded_rectangle(chip, 5, fill="#121317")
    pen.ellipse((chip[0] + 5, chip[1] + 6, chip[0] + 13, chip[1] + 14), fill=color)
    pen.text((chip[0] + 17, chip[1] + 1), clock, fill=INK, font=font)


def _write_title(pen: ImageDraw.ImageDraw, box: Box, title: str) -> None:
    font = _font(15)
    # The font that comes with Pillow knows Latin letters; others would be drawn as boxes.
    text = "".join(c if c.isprintable() and ord(c) < 0x250 else "·" for c in title) or "Untitled"
    room = box[2] - box[0] - 12
    while text and pen.textlength(text, font=font) > room:
        text = text[:-2].rstrip() + "…" if len(text) > 2 else ""
    pen.text((box[0] + 6, box[1] + 6), text, fill=INK, font=font)


def _thumb(data: bytes | None, size: tuple[int, int]) -> Image.Image | None:
    """Cropped to *size*; None for nothing and for what cannot be read."""
    from PIL import Image, ImageOps

    if data is None:
        return None
    try:
        with Image.open(io.BytesIO(data)) as opened:
            return ImageOps.fit(opened.convert("RGB"), size)
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    from PIL import Image, ImageDraw

    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, fill=255)
    return mask

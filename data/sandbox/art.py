"""Generative pictures drawn with Pillow: the same seed gives the same picture.

Each scene is a function of a random generator, a size and a palette. Pillow is imported when one is drawn, so a
run that draws nothing does not pay for it. Call from a thread.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

Colour = tuple[int, int, int]
Size = tuple[int, int]
Palette = tuple[Colour, ...]
Scene = Callable[[random.Random, Size, Palette], "Image"]


def _palette(*colours: str) -> Palette:
    def channels(code: str) -> Colour:
        return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)

    return tuple(channels(code) for code in colours)


# Each from the far light to the near dark.
DUSK = _palette("fde2c4", "f7a072", "d8576b", "7b2d5e", "2b1b3d")
TEAL = _palette("e8f3ee", "9fd8cb", "4aa3a2", "1f5c73", "0e2a3f")
NIGHT = _palette("f6e7b4", "6f8fd6", "33489c", "1b2360", "0a0d2a")
MOSS = _palette("f4f1de", "c9d8a0", "81a263", "36622b", "16301c")
ROSE = _palette("fff1e6", "fec5bb", "e56b6f", "b56576", "355070")
AURORA = _palette("d9fff2", "7af0c0", "3fb6c8", "3a4fa0", "0b1030")
EMBER = _palette("ffe8c2", "ffb627", "f2542d", "8f2d56", "1d1128")
FROST = _palette("ffffff", "d6e4f0", "8fb8de", "4a6fa5", "1c2b45")
PALETTES = (DUSK, TEAL, NIGHT, MOSS, ROSE, AURORA, EMBER, FROST)


def draw(seed: str, width: int, height: int) -> "Image":
    """Any scene in any palette, chosen by *seed*."""
    rng = random.Random(seed)
    scene = rng.choice(SCENES)
    return scene(rng, (width, height), rng.choice(PALETTES))


def mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def along(palette: Palette, place: float) -> Colour:
    """The colour at *place* (0 to 1) of the palette's run."""
    scaled = min(max(place, 0.0), 1.0) * (len(palette) - 1)
    index = min(int(scaled), len(palette) - 2)
    return mix(palette[index], palette[index + 1], scaled - index)


def gradient(size: Size, palette: Palette) -> "Image":
    """The palette from top to bottom."""
    from PIL import Image

    strip = Image.new("RGB", (1, 128))
    strip.putdata([along(palette, row / 127) for row in range(128)])
    return strip.resize(size, Image.Resampling.BICUBIC)


def canvas(size: Size, ground: Palette) -> tuple["Image", "ImageDraw"]:
    from PIL import ImageDraw

    image = gradient(size, ground)
    return image, ImageDraw.Draw(image, "RGBA")


def glow(image: "Image", centre: tuple[float, float], radius: float, colour: Colour, strength: float) -> None:
    """A soft round light, laid over the image."""
    from PIL import Image, ImageOps

    wide = max(2, int(radius * 2))
    light = ImageOps.invert(Image.radial_gradient("L")).resize((wide, wide))
    light = light.point(lambda value: int(max(0, value - 75) * 1.4 * strength))
    place = (int(centre[0] - radius), int(centre[1] - radius))
    image.paste(Image.new("RGB", light.size, colour), place, light)


def disc(pen: "ImageDraw", x: float, y: float, radius: float, colour: tuple[int, ...]) -> None:
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _ridge(rng: random.Random, width: int, base: float, swing: float, step: int = 6) -> list[tuple[float, float]]:
    waves = [(rng.uniform(0.6, 5), rng.uniform(0, math.tau), rng.uniform(0.2, 1)) for _ in range(5)]
    total = sum(weight / speed for speed, _, weight in waves)
    return [
        (x, base + swing * sum(w / s * math.sin(s * x / width * math.tau + p) for s, p, w in waves) / total)
        for x in range(0, width + step, step)
    ]


def dunes(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """Hills behind hills below a low sun."""
    width, height = size
    image, pen = canvas(size, palette[:3])
    sun = (width * rng.uniform(0.25, 0.75), height * rng.uniform(0.3, 0.45))
    glow(image, sun, width * 0.4, palette[0], 0.9)
    disc(pen, *sun, min(size) * 0.085, (*mix(palette[0], (255, 255, 255), 0.5), 255))
    layers = 7
    for layer in range(layers):
        depth = (layer + 1) / layers
        line = _ridge(rng, width, height * (0.42 + 0.5 * depth**1.15), height * 0.06 * (0.5 + depth))
        colour = along(palette[1:], 0.15 + 0.85 * depth)
        pen.polygon([*line, (width, height), (0, height)], fill=colour)
        pen.line(line, fill=(*mix(colour, palette[0], 0.35), 120), width=max(1, width // 700))
    return image


def tides(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """Lines of a sea that remembers a storm."""
    width, height = size
    image, pen = canvas(size, palette[-1:] * 2)
    rows, focus = 46, rng.uniform(0.35, 0.65)
    for row in range(rows):
        depth = row / (rows - 1)
        base = height * (0.12 + 0.8 * depth)
        phase, colour = rng.uniform(0, math.tau), along(palette[::-1], 0.25 + 0.75 * math.sin(depth * math.pi))
        line = []
        for x in range(0, width + 8, 8):
            near = math.exp(-(((x / width - focus) / 0.18) ** 2))
            lift = near * (0.55 + 0.45 * math.sin(x / width * 40 + phase)) + 0.04 * math.sin(x / width * 22 + phase)
            line.append((x, base - height * 0.085 * lift))
        pen.polygon([*line, (width, height), (0, height)], fill=palette[-1])
        pen.line(line, fill=colour, width=max(2, width // 420), joint="curve")
    return image


def moons(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """Paper moons, one behind the other."""
    width, height = size
    image, pen = canvas(size, palette[::-1][:3])
    for _ in range(90):
        spot = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.6, 2.2) * min(size) / 900
        disc(pen, *spot, (*palette[0], rng.randint(60, 200)))
    for number in range(7):
        radius = min(size) * rng.uniform(0.08, 0.3)
        x, y = width * rng.uniform(0.1, 0.9), height * rng.uniform(0.15, 0.85)
        colour = along(palette, rng.uniform(0, 0.7))
        glow(image, (x, y), radius * 1.7, colour, 0.45)
        for ring in range(6):
            disc(pen, x, y, radius * (1 - ring * 0.035), (*mix(colour, palette[0], ring / 9), 235))
        shade = mix(colour, palette[-1], 0.45)
        disc(pen, x + radius * 0.24, y + radius * 0.18, radius * 0.7, (*shade, 60 + number * 6))
    return image


def city(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """A skyline and its reflection."""
    from PIL import Image, ImageFilter

    width, height = size
    shore = int(height * 0.68)
    image, pen = canvas(size, palette[::-1][:4])
    glow(image, (width * 0.7, height * 0.22), width * 0.3, palette[0], 0.6)
    disc(pen, width * 0.7, height * 0.22, min(size) * 0.06, palette[0])
    for layer in range(3):
        colour, x = mix(palette[3], palette[-1], 0.25 + layer * 0.3), 0
        while x < width:
            wide = int(width * rng.uniform(0.025, 0.07))
            top = int(shore - height * rng.uniform(0.08, 0.42 - layer * 0.07))
            pen.rectangle((x, top, x + wide, shore), fill=colour)
            _windows(rng, pen, (x, top, x + wide, shore), palette[0], width)
            x += wide + int(width * rng.uniform(0, 0.012))
    mirror = image.crop((0, shore - (height - shore), width, shore)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    mirror = mirror.filter(ImageFilter.BoxBlur(max(1, height // 160)))
    image.paste(Image.blend(mirror, Image.new("RGB", mirror.size, palette[-1]), 0.35), (0, shore))
    return image


def _windows(
    rng: random.Random, pen: "ImageDraw", box: tuple[int, int, int, int], colour: Colour, width: int
) -> None:
    left, top, right, bottom = box
    pane = max(2, width // 320)
    for y in range(top + pane * 2, bottom - pane * 2, pane * 3):
        for x in range(left + pane, right - pane, pane * 2):
            if rng.random() < 0.22:
                pen.rectangle((x, y, x + pane - 1, y + pane), fill=(*colour, rng.randint(90, 230)))


def bloom(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """A flower of translucent petals."""
    width, height = size
    image, pen = canvas(size, (palette[0], mix(palette[0], palette[1], 0.6)))
    x, y = width / 2 + width * rng.uniform(-0.06, 0.06), height / 2
    for ring in range(6, 0, -1):
        reach = min(size) * 0.47 * ring / 6
        petals, turn = rng.randint(7, 12), rng.uniform(0, math.tau)
        colour = along(palette[1:], 1 - ring / 6)
        for petal in range(petals):
            angle = turn + petal * math.tau / petals
            outline = _petal(x, y, angle, reach, reach * rng.uniform(0.2, 0.27))
            pen.polygon(outline, fill=(*colour, 120))
            pen.line(outline, fill=(*mix(colour, palette[-1], 0.35), 110), width=max(1, width // 600))
    for seed in range(140):
        angle, reach = seed * 2.39996, min(size) * 0.006 * math.sqrt(seed)
        disc(pen, x + reach * math.cos(angle), y + reach * math.sin(angle), min(size) / 260, palette[-1])
    return image


def _petal(x: float, y: float, angle: float, reach: float, wide: float) -> list[tuple[float, float]]:
    outline = []
    for step in range(33):
        turn = step / 32 * math.tau
        forward = reach * (1 - math.cos(turn)) / 2
        aside = wide * math.sin(turn) * (0.35 + 0.65 * forward / reach)
        outline.append(
            (
                x + forward * math.cos(angle) - aside * math.sin(angle),
                y + forward * math.sin(angle) + aside * math.cos(angle),
            )
        )
    return outline


def facets(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """A landscape folded from paper: jittered triangles."""
    width, height = size
    image, pen = canvas(size, palette)
    columns = 16
    rows = max(6, round(columns * height / width))
    step_x, step_y = width / columns, height / rows

    def corner(column: int, row: int) -> tuple[float, float]:
        jitter = random.Random(column * 7919 + row * 104729 + start)
        return (
            (column + jitter.uniform(-0.34, 0.34)) * step_x,
            (row + jitter.uniform(-0.34, 0.34)) * step_y,
        )

    start = rng.randrange(1 << 30)
    for row in range(-1, rows + 1):
        for column in range(-1, columns + 1):
            a, b = corner(column, row), corner(column + 1, row)
            c, d = corner(column, row + 1), corner(column + 1, row + 1)
            for triangle in ((a, b, c), (b, d, c)):
                x, y = sum(p[0] for p in triangle) / 3 / width, sum(p[1] for p in triangle) / 3 / height
                place = 0.75 * y + 0.18 * math.sin(x * 5 + y * 3) + rng.uniform(-0.06, 0.1)
                pen.polygon(triangle, fill=along(palette, place))
    return image


def aurora(rng: random.Random, size: Size, palette: Palette) -> "Image":
    """Northern lights over firs."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter

    width, height = size
    image = gradient(size, palette[::-1][:2] + palette[-1:])
    small = (max(2, width // 6), max(2, height // 6))
    light = Image.new("RGB", small)
    soft = ImageDraw.Draw(light, "RGBA")
    for band in range(4):
        line = _ridge(rng, small[0], small[1] * (0.2 + band * 0.1), small[1] * 0.16, step=1)
        colour = along(palette, 0.1 + band * 0.18)
        for x, y in line:
            tall = small[1] * rng.uniform(0.14, 0.3)
            soft.line((x, y, x, y + tall), fill=(*colour, 130))
    light = light.filter(ImageFilter.GaussianBlur(small[0] / 60)).resize(size, Image.Resampling.BICUBIC)
    image = ImageChops.screen(image, light)
    pen = ImageDraw.Draw(image, "RGBA")
    for _ in range(120):
        spot = rng.uniform(0, width), rng.uniform(0, height * 0.7), rng.uniform(0.5, 1.6) * min(size) / 900
        disc(pen, *spot, (255, 255, 255, rng.randint(80, 220)))
    _firs(rng, pen, size, mix(palette[-1], (0, 0, 0), 0.5))
    return image


def _firs(rng: random.Random, pen: "ImageDraw", size: Size, colour: Colour) -> None:
    width, height = size
    pen.rectangle((0, height * 0.95, width, height), fill=colour)
    x = 0.0
    while x < width:
        tall, wide = height * rng.uniform(0.08, 0.24), width * 0.026
        for tier in range(5):
            top, spread = height * 0.97 - tall * (1 - tier * 0.16), wide * (0.35 + tier * 0.18)
            pen.polygon([(x, top), (x - spread, top + tall * 0.32), (x + spread, top + tall * 0.32)], fill=colour)
        x += width * rng.uniform(0.012, 0.04)


def orbit_frames(size: int, palette: Palette, count: int) -> list["Image"]:
    """An animation that ends where it began: moons on tilted paths."""
    frames = []
    for frame in range(count):
        image, pen = canvas((size, size), palette[::-1][:2])
        middle = size / 2
        moving = []
        for path in range(5):
            reach, turn = size * (0.14 + 0.075 * path), (frame / count * (1 + path % 2) + path * 0.37) * math.tau
            pen.ellipse(
                (middle - reach, middle - reach * 0.42, middle + reach, middle + reach * 0.42),
                outline=(*palette[2], 150),
            )
            moving.append((math.sin(turn), middle + reach * math.cos(turn), middle + reach * 0.42 * math.sin(turn)))
        moving.append((0.0, middle, middle))
        for depth, x, y in sorted(moving):
            is_sun = (x, y) == (middle, middle)
            disc(pen, x, y, size * (0.085 if is_sun else 0.022 + 0.008 * depth), palette[0 if is_sun else 1])
        frames.append(image)
    return frames


SCENES: Sequence[Scene] = (dunes, tides, moons, city, bloom, facets, aurora)

"""The skill's icon, drawn by code: somebody on their back, who holds their knees and rocks.

Shapes are discs and thick lines with soft edges; a picture is a PNG of 8-bit RGB, unfiltered.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

Colour = tuple[int, int, int]
Point = tuple[float, float]

DEEP, TEAL, MINT, CREAM, SUN = (
    (18, 84, 94),
    (27, 107, 118),
    (141, 208, 196),
    (255, 246, 230),
    (255, 190, 104),
)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Line(NamedTuple):
    """A line with round ends, in shares of the picture's side; a disc if it ends where it starts."""

    colour: Colour
    start: Point
    end: Point
    radius: float


def _arc(colour: Colour, points: Sequence[Point], radius: float) -> tuple[Line, ...]:
    return tuple(Line(colour, start, end, radius) for start, end in pairwise(points))


SHAPES = (
    Line(TEAL, (0.5, 0.5), (0.5, 0.5), 0.47),
    Line(MINT, (0.17, 0.735), (0.83, 0.735), 0.014),
    *_arc(MINT, ((0.70, 0.245), (0.75, 0.27), (0.79, 0.305), (0.82, 0.35)), 0.013),
    *_arc(MINT, ((0.46, 0.235), (0.41, 0.25), (0.365, 0.275), (0.325, 0.31)), 0.013),
    Line(CREAM, (0.235, 0.635), (0.235, 0.635), 0.075),
    *_arc(CREAM, ((0.345, 0.648), (0.43, 0.658), (0.52, 0.66), (0.595, 0.645)), 0.058),
    *_arc(CREAM, ((0.605, 0.645), (0.555, 0.40)), 0.05),
    *_arc(CREAM, ((0.555, 0.40), (0.72, 0.455)), 0.042),
    *_arc(CREAM, ((0.725, 0.455), (0.755, 0.405)), 0.03),
    *_arc(SUN, ((0.37, 0.61), (0.47, 0.52), (0.585, 0.485)), 0.026),
)


@cache
def draw(side_px: int) -> bytes:
    """The icon as a PNG of so many pixels a side."""
    rows = [[DEEP] * side_px for _ in range(side_px)]
    for shape in SHAPES:
        for x, y, share in _covered(shape, side_px):
            rows[y][x] = _mixed(rows[y][x], shape.colour, share)
    raw = b"".join(b"\0" + bytes(value for pixel in row for value in pixel) for row in rows)
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def pixels(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and raw rows of a picture that `draw` made: equal whatever compressed it.

    Raises:
        ValueError: If it is no such picture.
    """
    if not png.startswith(SIGNATURE):
        raise ValueError("is no PNG")
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    try:
        while at < len(png):
            (length,) = struct.unpack_from(">I", png, at)
            found[png[at + 4 : at + 8]] = png[at + 8 : at + 8 + length]
            at += length + 12
        width, height = struct.unpack_from(">II", found[b"IHDR"])
        return width, height, zlib.decompress(found[b"IDAT"])
    except (struct.error, KeyError, zlib.error) as error:
        raise ValueError(f"is a broken PNG: {error}") from error


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _covered(line: Line, side_px: int) -> Iterator[tuple[int, int, float]]:
    """The pixels under a line, and the share of each that it covers."""
    xs, ys = (sorted(axis) for axis in zip(line.start, line.end, strict=True))
    reach = line.radius + 1 / side_px

    def span(low: float, high: float) -> range:
        return range(max(0, int((low - reach) * side_px)), min(side_px, int((high + reach) * side_px) + 1))

    for y in span(*ys):
        for x in span(*xs):
            distance = _distance(((x + 0.5) / side_px, (y + 0.5) / side_px), line.start, line.end)
            share = (line.radius - distance) * side_px + 0.5
            if share > 0:
                yield x, y, min(1.0, share)


def _distance(point: Point, start: Point, end: Point) -> float:
    along = (end[0] - start[0], end[1] - start[1])
    away = (point[0] - start[0], point[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    at = max(0.0, min(1.0, (away[0] * along[0] + away[1] * along[1]) / length)) if length else 0.0
    # sqrt is exact to the last bit everywhere, unlike hypot: the same picture on every machine.
    return sqrt((away[0] - at * along[0]) ** 2 + (away[1] - at * along[1]) ** 2)


def _mixed(under: Colour, over: Colour, share: float) -> Colour:
    red, green, blue = (
        round(below + (above - below) * share) for below, above in zip(under, over, strict=True)
    )
    return red, green, blue

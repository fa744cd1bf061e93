"""Small pictures of screens: PNG and animated GIF with a palette of the colours that are there.

A screen has few colours and many shades of them at the edges of letters, so the most frequent
colours are kept and the others become the nearest of these.
"""

from __future__ import annotations

import struct
import zlib
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]
"""Height x width x 3: red, green, blue."""

TRANSPARENT = 255
LARGEST_CODE = 12  # bits


def png(pixels: Pixels) -> bytes:
    """Return a PNG of at most 256 colours."""
    palette = palette_of([pixels], 256)
    indexes = indexed(pixels, palette)
    height, width = indexes.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each begins with its filter: none
    rows[:, 1:] = indexes
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def gif(frames: list[tuple[Pixels, float]]) -> bytes:
    """Return a GIF that repeats for ever, of frames and the seconds each is shown.

    Of a frame only what differs from the one before is kept.
    """
    palette = palette_of([pixels for pixels, _ in frames], TRANSPARENT)
    height, width = frames[0][0].shape[:2]
    table = palette.tobytes().ljust(768, b"\0")
    parts = [b"GIF89a", struct.pack("<HHBBB", width, height, 0xF7, 0, 0), table]
    parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
    before: Pixels | None = None
    for pixels, seconds in frames:
        now = indexed(pixels, palette)
        top, left, changed = _difference(before, now)
        before = now
        size = (changed.shape[1], changed.shape[0])
        parts.append(struct.pack("<4sHBB", b"\x21\xf9\x04\x05", round(seconds * 100), 255, 0))
        parts.append(struct.pack("<BHHHHB", 0x2C, left, top, *size, 0))
        parts.append(_blocks(_compressed(changed.tobytes())))
    return b"".join([*parts, b"\x3b"])


def palette_of(pictures: list[Pixels], size: int) -> Pixels:
    """Return the most frequent colours of some pictures."""
    counts: dict[int, int] = {}
    for pixels in pictures:
        colours, found = np.unique(_packed(pixels), return_counts=True)
        for colour, count in zip(colours.tolist(), found.tolist(), strict=True):
            counts[colour] = counts.get(colour, 0) + count
    kept = sorted(counts, key=lambda colour: counts[colour], reverse=True)[:size]
    return _unpacked(np.array(kept, np.uint32))


def indexed(pixels: Pixels, palette: Pixels) -> Pixels:
    """Return for each pixel which colour of the palette is nearest."""
    colours, where = np.unique(_packed(pixels), return_inverse=True)
    nearest = np.empty(len(colours), np.uint8)
    for start in range(0, len(colours), 4096):  # a few megabytes at once
        some = _unpacked(colours[start : start + 4096]).astype(np.int32)
        distances = ((some[:, None, :] - palette[None, :, :].astype(np.int32)) ** 2).sum(axis=2)
        nearest[start : start + 4096] = distances.argmin(axis=1)
    return nearest[where].reshape(pixels.shape[:2])


def _packed(pixels: Pixels) -> NDArray[np.uint32]:
    wide = pixels.reshape(-1, 3).astype(np.uint32)
    return np.asarray(wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2], np.uint32)


def _unpacked(colours: NDArray[np.uint32]) -> Pixels:
    return np.stack([colours >> 16 & 255, colours >> 8 & 255, colours & 255], axis=1).astype(
        np.uint8
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _difference(before: Pixels | None, now: Pixels) -> tuple[int, int, Pixels]:
    """Return top and left of the part that changed, and the part, the rest of it transparent."""
    if before is None:
        return 0, 0, now
    changed = before != now
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if rows.size == 0:
        return 0, 0, np.full((1, 1), TRANSPARENT, np.uint8)
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    shown = np.where(changed[part], now[part], np.uint8(TRANSPARENT))
    return int(rows[0]), int(columns[0]), shown


def _compressed(data: bytes) -> list[tuple[int, int]]:
    """Return the LZW codes of some bytes, each with its length in bits."""
    clear, end = 256, 257
    fresh: dict[tuple[int, int], int] = {}
    codes, bits, following = [(clear, 9)], 9, end + 1
    prefix = data[0]
    for byte in data[1:]:
        code = fresh.get((prefix, byte))
        if code is not None:
            prefix = code
            continue
        codes.append((prefix, bits))
        fresh[prefix, byte] = following
        if following == 1 << bits:
            bits += 1
        following += 1
        if bits > LARGEST_CODE:
            codes.append((clear, LARGEST_CODE))
            fresh, bits, following = {}, 9, end + 1
        prefix = byte
    return [*codes, (prefix, bits), (end, bits)]


def _blocks(codes: list[tuple[int, int]]) -> bytes:
    """Return codes as the blocks of bytes that an image of a GIF consists of."""
    data, held, count = bytearray(), 0, 0
    for code, bits in codes:
        held |= code << count
        count += bits
        while count >= 8:
            data.append(held & 255)
            held >>= 8
            count -= 8
    data.append(held & 255)
    edges: list[Any] = [*range(0, len(data), 255), len(data)]
    blocks = [bytes([b - a]) + data[a:b] for a, b in pairwise(edges)]
    return b"\x08" + b"".join(blocks) + b"\0"

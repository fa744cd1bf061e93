"""Reads the header of a GGUF file: metadata and tensor shapes, never the weights.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3).
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_sw.errors import FetchError

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_ALIGNMENT = 32  # bytes, where a file does not name its own
_KEPT = 256  # items; longer arrays are vocabularies and merges, of which the length is enough

# llama.cpp's llama_ftype, as its tools spell them in file names.
_FILE_TYPES = {
    0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 10: "q2_k",
    11: "q3_k_s", 12: "q3_k_m", 13: "q3_k_l", 14: "q4_k_s", 15: "q4_k_m", 16: "q5_k_s",
    17: "q5_k_m", 18: "q6_k", 19: "iq2_xxs", 20: "iq2_xs", 21: "q2_k_s", 22: "iq3_xs",
    23: "iq3_xxs", 24: "iq1_s", 25: "iq4_nl", 26: "iq3_s", 27: "iq3_m", 28: "iq2_s", 29: "iq2_m",
    30: "iq4_xs", 31: "iq1_m", 32: "bf16", 36: "tq1_0", 37: "tq2_0", 38: "mxfp4",
}  # fmt: skip


@dataclass
class GGUFHeader:
    """What a GGUF file says about itself."""

    metadata: dict[str, Any] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    tensors: dict[str, tuple[int, ...]] = field(default_factory=dict)
    header_bytes: int = 0
    last_offset: int = 0
    """Where the last tensor begins, in bytes from the first one."""

    def get(self, key: str) -> Any:
        """Return the value of `key` under the model's architecture, e.g. ``context_length``."""
        return self.metadata.get(f"{self.metadata.get('general.architecture')}.{key}")

    @property
    def weights_from(self) -> int:
        """Return where the first tensor begins in the file, in bytes."""
        alignment = self.metadata.get("general.alignment") or _ALIGNMENT
        return -(-self.header_bytes // alignment) * alignment

    @property
    def quantization(self) -> str:
        """Return the file's type as people write it: ``q4_1``, ``q4_k_m``, ``f16``."""
        return _FILE_TYPES.get(self.metadata.get("general.file_type", -1), "gguf")


def read_header(path: Path) -> GGUFHeader:
    """Read a GGUF file's header.

    `lengths` has the number of items of every array; arrays of more than 256 items are not kept.
    `tensors` has the shape of each.

    Raises
    ------
    FetchError
        When the file is not GGUF, or is cut short: before its last tensor.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            header = parse_header(data)
            if header.tensors and len(data) <= header.weights_from + header.last_offset:
                raise ValueError("cut short")
            return header
    except (struct.error, KeyError, UnicodeDecodeError, ValueError) as error:
        raise FetchError(
            f"{path} is not a whole GGUF file.", hint="Fetch it again, or check the path."
        ) from error


def parse_header(data: bytes | mmap.mmap) -> GGUFHeader:
    """Read the header that a file's bytes begin with.

    Raises
    ------
    struct.error, KeyError, UnicodeDecodeError, ValueError
        When it is not one, or not all of it is there.
    """
    return _Reader(data).header()


class _Reader:
    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def header(self) -> GGUFHeader:
        if self._data[:4] != b"GGUF":
            raise ValueError("no GGUF magic")
        self._at = 4
        version, tensors, pairs = self._take("IQQ")
        if version not in (2, 3):
            raise ValueError(f"GGUF version {version}")
        header = GGUFHeader()
        for _ in range(pairs):
            key = self._string()
            (kind,) = self._take("I")
            if kind == _ARRAY:
                header.lengths[key], header.metadata[key] = self._array()
            else:
                header.metadata[key] = self._value(kind)
        for _ in range(tensors):
            name = self._string()
            (dimensions,) = self._take("I")
            header.tensors[name] = self._take(f"{dimensions}Q")
            _, offset = self._take("IQ")
            header.last_offset = max(header.last_offset, offset)
        header.header_bytes = self._at
        if self._at > len(self._data):
            raise ValueError("cut short")
        return header

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values

    def _string(self) -> str:
        (length,) = self._take("Q")
        text = self._data[self._at : self._at + length]
        self._at += length
        return text.decode("utf-8", "replace")

    def _skip_string(self) -> None:
        (length,) = self._take("Q")
        self._at += length

    def _value(self, kind: int) -> Any:
        return self._string() if kind == _STRING else self._take(_SCALARS[kind])[0]

    def _array(self) -> tuple[int, list[Any] | None]:
        kind, length = self._take("IQ")
        if length <= _KEPT:
            return length, [self._value(kind) for _ in range(length)]
        if kind == _STRING:
            for _ in range(length):
                self._skip_string()
        else:
            self._at += length * struct.calcsize(f"<{_SCALARS[kind]}")
        return length, None

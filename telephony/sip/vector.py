"""Sound in and out of pjsua2's ByteVector.

PJSIP 2.16 has methods for it. Before that the binding copies byte by byte (a millisecond for a
frame of 20), so there the memory of the std::vector is read directly: its three pointers (begin,
end, end of storage) are the same in every C++ library in use on Linux. It is tried once at import
and left alone if it does not give back what was put in.
"""

from __future__ import annotations

import ctypes
from typing import Any

import pjsua2 as pj

_PROBE = bytes(range(256)) * 2


def _begin(vector: Any) -> int:
    return ctypes.c_void_p.from_address(int(vector.this)).value or 0


def _read_memory(vector: Any) -> bytes:
    size = vector.size()
    return ctypes.string_at(_begin(vector), size) if size else b""


def _write_memory(vector: Any, data: bytes) -> None:
    vector.resize(len(data))
    ctypes.memmove(_begin(vector), data, len(data))


def _read_method(vector: Any) -> bytes:
    data = bytearray(vector.size())
    vector.copy_to_bytearray(data)
    return bytes(data)


def _write_method(vector: Any, data: bytes) -> None:
    vector.assign_from_bytes(data)


def _read_slowly(vector: Any) -> bytes:
    return bytes(vector)


def _write_slowly(vector: Any, data: bytes) -> None:
    vector.swap(pj.ByteVector(data))


def _choose() -> tuple[Any, Any, str]:
    if hasattr(pj.ByteVector, "copy_to_bytearray"):
        return _read_method, _write_method, "method"
    vector = pj.ByteVector(_PROBE)
    first = _begin(vector)
    last = ctypes.c_void_p.from_address(int(vector.this) + ctypes.sizeof(ctypes.c_void_p)).value
    if last == first + len(_PROBE) and _read_memory(vector) == _PROBE:
        target = pj.ByteVector()
        _write_memory(target, _PROBE)
        if bytes(target) == _PROBE:
            return _read_memory, _write_memory, "memory"
    return _read_slowly, _write_slowly, "slow"


read, write, method = _choose()
"""read(vector) -> bytes, write(vector, bytes), and which way was chosen"""

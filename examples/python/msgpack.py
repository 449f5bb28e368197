"""The MessagePack that a fleet speaks: nil, booleans, numbers, text, arrays, maps with text keys."""
import struct


def encode(value):
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        if 0 <= value < 128:
            return struct.pack(">B", value)
        if 0 <= value < 2**32:
            return b"\xce" + struct.pack(">I", value)
        return b"\xd3" + struct.pack(">q", value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode("utf-8")
        return _head(len(data), 0xA0, 32, 0xD9) + data
    if isinstance(value, (list, tuple)):
        return _head(len(value), 0x90, 16, None) + b"".join(encode(one) for one in value)
    if isinstance(value, dict):
        parts = [encode(str(key)) + encode(one) for key, one in value.items()]
        return _head(len(value), 0x80, 16, None) + b"".join(parts)
    raise TypeError(f"not spoken on the wire: {type(value).__name__}")


def _head(length, fixed, below, byte):
    """The short form, the form with one byte of length (text), or the one with two."""
    if length < below:
        return bytes([fixed | length])
    if byte is not None and length < 256:
        return bytes([byte, length])
    if length >= 65_536:
        raise ValueError("too long for a command")
    return bytes([{0xA0: 0xDA, 0x90: 0xDC, 0x80: 0xDE}[fixed]]) + struct.pack(">H", length)


def decode(data):
    """The one value that the bytes are. Raises ValueError for anything else."""
    value, at = _decode(data, 0)
    if at != len(data):
        raise ValueError("bytes after the value")
    return value


NUMBERS = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}
#: Kind, and bytes of length.
SIZED = {
    0xD9: ("text", 1), 0xDA: ("text", 2), 0xDB: ("text", 4),
    0xDC: ("array", 2), 0xDD: ("array", 4), 0xDE: ("map", 2), 0xDF: ("map", 4),
}


def _decode(data, at):
    if at >= len(data):
        raise ValueError("truncated")
    first, at = data[at], at + 1
    if first < 0x80:
        return first, at
    if first >= 0xE0:
        return first - 256, at
    if first in CONSTANTS:
        return CONSTANTS[first], at
    if first in NUMBERS:
        form = NUMBERS[first]
        end = at + struct.calcsize(form)
        return struct.unpack(form, _slice(data, at, end))[0], end
    if first < 0x90:
        return _items(data, at, "map", first & 15)
    if first < 0xA0:
        return _items(data, at, "array", first & 15)
    if first < 0xC0:
        return _items(data, at, "text", first & 31)
    if first not in SIZED:
        raise ValueError(f"a type that is not spoken: {first:#x}")
    kind, size = SIZED[first]
    length = int.from_bytes(_slice(data, at, at + size), "big")
    return _items(data, at + size, kind, length)


def _slice(data, at, end):
    if end > len(data):
        raise ValueError("truncated")
    return data[at:end]


def _items(data, at, kind, length):
    if kind == "text":
        return _slice(data, at, at + length).decode("utf-8"), at + length
    if kind == "array":
        out = []
        for _ in range(length):
            one, at = _decode(data, at)
            out.append(one)
        return out, at
    named = {}
    for _ in range(length):
        key, at = _decode(data, at)
        named[key], at = _decode(data, at)
    return named, at

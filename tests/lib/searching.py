"""Every byte of what a command leaves behind, also of what is packed inside it."""

from __future__ import annotations

import base64
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PNG = b"\x89PNG\r\n\x1a\n"
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_EMBEDDED = re.compile(rb"base64,([A-Za-z0-9+/=\s]{16,})")


def layers(content: bytes) -> Iterator[bytes]:
    """The content itself, and the plain content of everything packed or embedded in it."""
    yield content
    if content.startswith(b"\x1f\x8b"):
        yield from layers(gzip.decompress(content))
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from layers(archive.read(name))
    elif content.startswith(_PNG):
        yield from _png_texts(content)
    elif content.startswith(b"%PDF"):
        for stream in _STREAM.finditer(content):
            with suppress(zlib.error):
                yield zlib.decompress(stream[1].rstrip(b"\r\n"))
    for found in _EMBEDDED.finditer(content):
        yield from layers(base64.b64decode(found[1]))


def _png_texts(content: bytes) -> Iterator[bytes]:
    place = len(_PNG)
    while place + 8 <= len(content):
        size, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        chunk = content[place + 8 : place + 8 + size]
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            for start in range(len(chunk)):
                try:
                    yield zlib.decompress(chunk[start:])
                    break
                except zlib.error:
                    continue
        place += 12 + size


def holding(folder: Path, mark: bytes) -> list[str]:
    """Files below the folder, or folders by their names, in which the mark stands."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if mark in name.encode() or (path.is_file() and any(mark in layer for layer in layers(path.read_bytes()))):
            found.append(name)
    return found

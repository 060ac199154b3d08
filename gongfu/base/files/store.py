"""Enciphered bodies in the data folder, in pieces of a mebibyte, so that neither writing nor reading holds a whole file."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from django.conf import settings

from gongfu.base.kit import vault

PIECE = 1024 * 1024
FULL = 0.9


class Altered(Exception):
    """The body is not what was written: cut, swapped or changed."""


@dataclass(frozen=True, slots=True)
class Body:
    """name: a generated one, under which the body lies.  sha256: upper-case hex of the clear bytes.  size: clear bytes."""

    name: str
    sha256: str
    size: int


def folder() -> Path:
    """The folder of bodies, for the platform's own user only; no web server looks into it."""
    path: Path = settings.DATA / "files"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def has_room() -> bool:
    """Whether uploads may go on: they stop at 90 % of the disk (fault F4)."""
    usage = shutil.disk_usage(folder())
    return usage.used < FULL * usage.total


def _place(name: str) -> Path:
    return folder() / name[:2] / name


def write(pieces: Iterable[bytes]) -> Body:
    """Keep the bytes under a fresh name; on the disk before it returns. OSError when there is no room."""
    name, digest, size = uuid.uuid4().hex, hashlib.sha256(), 0
    path = _place(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            for number, (piece, last) in enumerate(_pieces(pieces)):
                digest.update(piece)
                size += len(piece)
                sealed = vault.seal(piece, _context(name, number, last))
                out.write(bytes([last]) + len(sealed).to_bytes(4, "big") + sealed)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Body(name, digest.hexdigest().upper(), size)


def _pieces(parts: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The bytes cut anew into mebibytes, each with whether it is the last; at least one."""
    kept = bytearray()
    for part in parts:
        kept += part
        while len(kept) > PIECE:
            yield bytes(kept[:PIECE]), False
            del kept[:PIECE]
    yield bytes(kept), True


def _context(name: str, number: int, last: bool) -> bytes:
    return f"file:{name}:{number}:{int(last)}".encode()


def read(name: str) -> Iterator[bytes]:
    """The clear bytes, piece by piece; Altered when a piece is missing, changed or in another place."""
    with _place(name).open("rb") as body:
        number, last = 0, False
        while not last:
            head = body.read(5)
            if len(head) < 5 or head[0] > 1:
                raise Altered(name)
            last, length = head[0] == 1, int.from_bytes(head[1:], "big")
            sealed = body.read(length)
            if len(sealed) < length:
                raise Altered(name)
            try:
                yield vault.unseal(sealed, _context(name, number, last))
            except (InvalidTag, KeyError, IndexError, ValueError):
                raise Altered(name) from None
            number += 1


def remove(name: str) -> None:
    """Take the body away; nothing happens when it is gone."""
    _place(name).unlink(missing_ok=True)

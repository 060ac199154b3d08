"""The codec's face: one import for those who read and write messages."""

from gongfu.core.ceb.decode import decode
from gongfu.core.ceb.encode import build, encode, signature_index
from gongfu.core.ceb.frames import read_batch, structure_ok
from gongfu.core.ceb.messages import Batch, Decoded, Document, Parsed

__all__ = [
    "Batch",
    "Decoded",
    "Document",
    "Parsed",
    "build",
    "decode",
    "encode",
    "read_batch",
    "signature_index",
    "structure_ok",
]

"""An evidence package proves itself, and says in plain words what was altered."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gongfu.core import evidence

pytestmark = [pytest.mark.feature("matching.evidence"), pytest.mark.rule("R-1022")]
OWNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = base64.b64encode(OWNER.public_key().public_bytes_raw()).decode()
OTHER = base64.b64encode(Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()).decode()
DOCUMENTS = {"documents/001.json": b'{"order":"O1"}', "documents/002.json": b'{"order":"O2"}'}


def package() -> bytes:
    told = evidence.manifest({"number": "N1", "result": "PASS"}, DOCUMENTS)
    return evidence.pack(told, DOCUMENTS, base64.b64encode(OWNER.sign(told)).decode(), KEY)


def with_parts(**changes: bytes | None) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package())) as packed:
        parts = {one: packed.read(one) for one in packed.namelist()}
    parts.update(
        {name.replace("__", "/").replace("_dot_", "."): body for name, body in changes.items() if body is not None}
    )
    for name, body in changes.items():
        if body is None:
            del parts[name.replace("__", "/").replace("_dot_", ".")]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name, body in parts.items():
            packed.writestr(name, body)
    return out.getvalue()


def test_sm3_is_the_standard_one() -> None:
    assert (
        evidence.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )  # GB/T 32905, A.1


def test_a_package_is_whole_and_made_the_same_again() -> None:
    proof = evidence.verify(package(), key=KEY)
    assert proof.faults == [] and proof.head["number"] == "N1" and package() == package()
    assert evidence.verify(package()).key == KEY


@pytest.mark.parametrize(("data", "words"), [
    (with_parts(documents__001_dot_json=b'{"order":"O9"}'), ["documents/001.json was altered"]),
    (with_parts(documents__002_dot_json=None), ["documents/002.json is missing"]),
    (with_parts(documents__003_dot_json=b"{}"), ["documents/003.json is not in the manifest"]),
    (with_parts(manifest_dot_json=evidence.manifest({"number": "N1", "result": "REJECT"}, DOCUMENTS)), ["manifest was altered"]),
    (with_parts(manifest_dot_json=b"{}"), ["manifest was altered", "cannot be read"]),
    (with_parts(key_dot_txt=OTHER.encode()), ["did not sign"]),
    (b"no zip at all", ["no evidence package"]),
    (package()[:-40], ["no evidence package"]),
])  # fmt: skip
def test_what_was_altered_is_said_in_plain_words(data: bytes, words: list[str]) -> None:
    faults = evidence.verify(data).faults
    assert len(faults) == len(words) and all(word in en and zh for (zh, en), word in zip(faults, words, strict=True))


def test_another_key_than_the_platforms_is_told_apart() -> None:
    assert len(evidence.verify(package(), key=OTHER).faults) == 2

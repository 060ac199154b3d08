"""Evidence packages (R-610, R-1022): documents, a manifest with their SM3 chain, an Ed25519 signature; proven without any network.

The zip holds `manifest.json` (its exact bytes are what is signed), `manifest.sig` and `key.txt` (base64), and the documents.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gmssl_pyx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "gongfu-evidence-1"
MANIFEST, SIGNATURE, KEY = "manifest.json", "manifest.sig", "key.txt"
GENESIS = bytes(32)
LARGEST, MOST = 50 * 1024 * 1024, 2_000


def sm3(data: bytes) -> bytes:
    return bytes(gmssl_pyx.sm3_hash(data))


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, the same bytes for the same value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def manifest(head: Mapping[str, Any], documents: Mapping[str, bytes]) -> bytes:
    """The bytes to sign: what the package is for, each document's SM3 in order, and the last link of their chain."""
    listed, link = [], GENESIS
    for name, body in documents.items():
        digest = sm3(body)
        link = sm3(link + name.encode() + digest)
        listed.append({"name": name, "bytes": len(body), "sm3": digest.hex(), "link": link.hex()})
    return canonical({"format": FORMAT, **head, "documents": listed, "chain": link.hex()})


def pack(told: bytes, documents: Mapping[str, bytes], signature: str, key: str) -> bytes:
    """The zip of a manifest, its signature and key (base64), and its documents; the same bytes each time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in {MANIFEST: told, SIGNATURE: signature.encode(), KEY: key.encode(), **documents}.items():
            packed.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@dataclass(slots=True)
class Proof:
    """faults: what is wrong, in plain words (Chinese, English); empty when the package is whole.  head: what the manifest says."""

    head: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)


def verify(data: bytes, *, key: str = "") -> Proof:
    """Prove a package.  key: the platform's public key in base64, when known from elsewhere; else the one inside is used."""
    proof, parts = Proof(), _unpacked(data)
    if parts is None or not {MANIFEST, SIGNATURE, KEY} <= set(parts):
        proof.faults.append(
            ("这不是真实交易证明包，或者文件已经损坏。", "This is no evidence package, or the file is damaged.")
        )
        return proof
    inside = parts[KEY].decode("ascii", "replace").strip()
    proof.key = key or inside
    if key and key != inside:
        proof.faults.append(
            ("证明包里的公钥不是所给的平台公钥。", "The key in the package is not the platform key given.")
        )
    if not _signed(parts[MANIFEST], parts[SIGNATURE], proof.key):
        proof.faults.append(
            (
                "目录(manifest.json)被改动过，或者不是平台签发的。",
                "The manifest was altered, or the platform did not sign it.",
            )
        )
    try:
        told = json.loads(parts[MANIFEST])
        proof.head = {name: value for name, value in told.items() if name != "documents"}
        _check(told, parts, proof)
    except (ValueError, KeyError, TypeError, AttributeError):
        proof.faults.append(("目录读不懂。", "The manifest cannot be read."))
    return proof


def _unpacked(data: bytes) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            found = packed.infolist()
            names = {one.filename for one in found}
            if len(found) > MOST or len(names) != len(found) or sum(one.file_size for one in found) > LARGEST:
                return None
            return {one.filename: packed.read(one) for one in found}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        return None


def _signed(told: bytes, signature: bytes, key: str) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
        public.verify(base64.b64decode(signature, validate=True), told)
    except (InvalidSignature, ValueError):
        return False
    return True


def _check(told: Mapping[str, Any], parts: Mapping[str, bytes], proof: Proof) -> None:
    """Each document against its digest, and the digests against their chain."""
    link, say = GENESIS, proof.faults.append
    listed = [one["name"] for one in told["documents"]]
    for one in told["documents"]:
        body = parts.get(one["name"])
        link = sm3(link + one["name"].encode() + bytes.fromhex(one["sm3"]))
        if body is None:
            say((f"缺少文件 {one['name']}。", f"The document {one['name']} is missing."))
        elif sm3(body).hex() != one["sm3"]:
            say((f"文件 {one['name']} 的内容被改动过。", f"The document {one['name']} was altered."))
        if link.hex() != one["link"]:
            say((f"文件 {one['name']} 的摘要链断了。", f"The chain of digests breaks at {one['name']}."))
    if link.hex() != told["chain"]:
        say(("摘要链的末端不符。", "The end of the chain of digests differs."))
    for name in sorted(set(parts) - {MANIFEST, SIGNATURE, KEY, *listed}):
        say(
            (
                f"文件 {name} 不在目录里，是后来加进去的。",
                f"The document {name} is not in the manifest; it was added later.",
            )
        )

"""Certificates and keys, RSA and SM2: read, made for demonstration and tests, and compared by fingerprint.

SM2 certificates are X.509 with the curve 1.2.156.10197.1.301 and the signature 1.2.156.10197.1.501; the general library
reads their frame, and the key is taken from the SubjectPublicKeyInfo bytes.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import gmssl_pyx
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

SM2_CURVE = bytes.fromhex("06082a811ccf5501822d")
SM2_SIGNATURE = bytes.fromhex("300a06082a811ccf55018375")
EC_KEY = bytes.fromhex("06072a8648ce3d0201")
SM2_USER = b"1234567812345678"
POINT_BYTES = 64
RSA_BITS = 2048


@dataclass(frozen=True)
class Certificate:
    """A certificate: algorithm rsa or sm2; `key` is an RSA public key or the 64 bytes of an SM2 point."""

    subject: str
    serial: str
    algorithm: str
    not_before: datetime
    not_after: datetime
    fingerprint: str
    der: bytes = field(repr=False)
    key: Any = field(repr=False, compare=False)

    def valid_at(self, at: datetime) -> bool:
        return self.not_before <= at <= self.not_after

    def issued_by(self, ca: Certificate) -> bool:
        """Whether the CA's key signed this certificate."""
        loaded = x509.load_der_x509_certificate(self.der)
        return ca.verifies(
            loaded.tbs_certificate_bytes,
            _raw(loaded.signature) if ca.algorithm == "sm2" else loaded.signature,
            "sha256",
        )

    def verifies(self, data: bytes, signature: bytes, digest: str) -> bool:
        """RSA PKCS#1 v1.5 with sha1 or sha256, or SM2-SM3 with r||s; False for anything that does not fit."""
        if self.algorithm == "sm2":
            if len(signature) != POINT_BYTES:
                return False
            try:
                return bool(gmssl_pyx.sm2_verify(self.key, data, _der(signature), signer_id=SM2_USER))
            except (ValueError, gmssl_pyx.GmsslInnerError, gmssl_pyx.InvalidValueError):
                return False
        try:
            self.key.verify(signature, data, padding.PKCS1v15(), hashes.SHA1() if digest == "sha1" else hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def load_certificate(data: bytes) -> Certificate:
    """Read PEM or DER; ValueError for anything else or for another kind of key."""
    try:
        loaded = x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
    except ValueError:
        raise ValueError("not a certificate in PEM or DER form") from None
    der = loaded.public_bytes(serialization.Encoding.DER)
    algorithm, key = _public_key(loaded)
    return Certificate(
        loaded.subject.rfc4514_string(),
        f"{loaded.serial_number:x}",
        algorithm,
        loaded.not_valid_before_utc,
        loaded.not_valid_after_utc,
        hashlib.sha256(der).hexdigest(),
        der,
        key,
    )


def _public_key(loaded: x509.Certificate) -> tuple[str, Any]:
    der = loaded.tbs_certificate_bytes
    at = der.find(SM2_CURVE)
    if at >= 0 and EC_KEY in der[:at]:
        start = der.index(b"\x04", at + len(SM2_CURVE))
        return "sm2", gmssl_pyx.normalize_sm2_public_key(der[start + 1 : start + 1 + POINT_BYTES])
    try:
        key = loaded.public_key()
    except (UnsupportedAlgorithm, ValueError):
        key = None
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < RSA_BITS:
        raise ValueError("the certificate's key is neither RSA of 2048 bits or more nor SM2")
    return "rsa", key


def _integer(number: bytes) -> bytes:
    clean = number.lstrip(b"\x00") or b"\x00"
    clean = b"\x00" + clean if clean[0] & 0x80 else clean
    return b"\x02" + bytes([len(clean)]) + clean


def _der(signature: bytes) -> bytes:
    """r||s as the DER sequence the library takes."""
    body = _integer(signature[:32]) + _integer(signature[32:])
    return b"\x30" + bytes([len(body)]) + body


def _raw(signature: bytes) -> bytes:
    """A DER sequence of two integers as r||s."""
    first = signature[3]
    r, rest = signature[4 : 4 + first], signature[4 + first :]
    s = rest[2 : 2 + rest[1]]
    return r.lstrip(b"\x00").rjust(32, b"\x00") + s.lstrip(b"\x00").rjust(32, b"\x00")


@dataclass(frozen=True)
class SigningKey:
    """A private key: an RSA key, or (public, private) bytes of SM2."""

    algorithm: str
    key: Any = field(repr=False)

    def sign(self, data: bytes, digest: str = "sha256") -> bytes:
        """RSA PKCS#1 v1.5, or SM2-SM3 as r||s."""
        if self.algorithm == "sm2":
            public, private = self.key
            return _raw(gmssl_pyx.sm2_sign(private, public, data, signer_id=SM2_USER))
        signed: bytes = self.key.sign(data, padding.PKCS1v15(), hashes.SHA1() if digest == "sha1" else hashes.SHA256())
        return signed

    def dump(self) -> bytes:
        """Text to keep in a file of the owner's; `load` reads it."""
        if self.algorithm == "sm2":
            return b"SM2 " + base64.b64encode(b"".join(self.key)) + b"\n"
        pem: bytes = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return pem

    @classmethod
    def load(cls, text: bytes) -> SigningKey:
        """ValueError when the text is not a key."""
        if text.startswith(b"SM2 "):
            both = base64.b64decode(text[4:])
            return cls("sm2", (both[:POINT_BYTES], both[POINT_BYTES:]))
        return cls("rsa", serialization.load_pem_private_key(text, password=None))


def make_key(algorithm: str) -> SigningKey:
    """A fresh key, `rsa` (2048 bits) or `sm2`."""
    if algorithm == "sm2":
        return SigningKey("sm2", gmssl_pyx.sm2_key_generate())
    return SigningKey("rsa", rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def make_certificate(
    key: SigningKey, common_name: str, serial: int, not_before: datetime, not_after: datetime
) -> bytes:
    """A self-signed certificate in PEM, for demonstration and tests."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    stand_in = key.key if key.algorithm == "rsa" else rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(stand_in.public_key())
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(stand_in, hashes.SHA256())
    )
    if key.algorithm == "rsa":
        return built.public_bytes(serialization.Encoding.PEM)
    return _as_sm2(built, stand_in, key)


def _sequence(body: bytes) -> bytes:
    size = len(body)
    length = (
        bytes([size])
        if size < 128
        else bytes([0x80 | ((size.bit_length() + 7) // 8)]) + size.to_bytes((size.bit_length() + 7) // 8, "big")
    )
    return b"\x30" + length + body


def _inside(sequence: bytes) -> bytes:
    skip = 2 if sequence[1] < 128 else 2 + (sequence[1] & 0x7F)
    return sequence[skip:]


def _as_sm2(built: x509.Certificate, stand_in: Any, key: SigningKey) -> bytes:
    """The same certificate with the SM2 key and signature in place of the stand-in's."""
    tbs = _inside(built.tbs_certificate_bytes)
    old_key = stand_in.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    new_key = _sequence(_sequence(EC_KEY + SM2_CURVE) + b"\x03\x42\x00\x04" + key.key[0])
    old_algorithm = bytes.fromhex("300d06092a864886f70d01010b0500")
    tbs = _sequence(tbs.replace(old_key, new_key).replace(old_algorithm, SM2_SIGNATURE, 1))
    signature = _der(key.sign(tbs))
    der = _sequence(tbs + SM2_SIGNATURE + b"\x03" + bytes([len(signature) + 1]) + b"\x00" + signature)
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"

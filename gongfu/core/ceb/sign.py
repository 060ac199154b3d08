"""XML signatures of CEB messages: made compact, verified strictly, one answer for every fault.

What is digested is the canonical form of the whole root without its Signature; those bytes are all that business code reads.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import gmssl_pyx
from lxml import etree

from gongfu.core.ceb.certificates import Certificate, SigningKey
from gongfu.core.ceb.encode import signature_index
from gongfu.core.rule import Finding

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
CUSTOMS = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
# signature method URI: (algorithm of the key, digest of the RSA signature)
METHODS = {
    f"{DS}rsa-sha1": ("rsa", "sha1"),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": ("rsa", "sha256"),
    f"{CUSTOMS}sm2-sm3": ("sm2", "sm3"),
    f"{DS}sm2-sm3": ("sm2", "sm3"),
}
DIGESTS = {
    f"{DS}sha1": "sha1",
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    f"{CUSTOMS}sm3": "sm3",
    f"{DS}sm3": "sm3",
}
# names used when signing: (signature method, digest method)
FORMS = {
    "rsa-sha1": (f"{DS}rsa-sha1", f"{DS}sha1"),
    "rsa-sha256": ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256"),
    "sm2-2022": (f"{CUSTOMS}sm2-sm3", f"{CUSTOMS}sm3"),
    "sm2-2023": (f"{DS}sm2-sm3", f"{DS}sha1"),
}
DEFAULT_FORM = {"rsa": "rsa-sha256", "sm2": "sm2-2022"}


@dataclass(frozen=True, slots=True)
class Verified:
    """canonical: the bytes that were digested, all that may be read on."""

    canonical: bytes
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Refusal:
    """One text for all faults; `reason` is for the security log alone."""

    finding: Finding
    reason: str


def canonical(root: etree._Element) -> bytes:
    """C14N 1.0 (inclusive, without comments)."""
    written: bytes = etree.tostring(root, method="c14n", exclusive=False, with_comments=False)
    return written


def digest(name: str, data: bytes) -> bytes:
    """sha1, sha256 or sm3."""
    if name == "sm3":
        return bytes(gmssl_pyx.sm3_hash(data))
    return hashlib.new(name, data, usedforsecurity=False).digest()


def sign(data: bytes, key: SigningKey, certificate: Certificate, form: str = "") -> bytes:
    """The message with its Signature at the place its table says, without white space; form: a key of FORMS."""
    root = etree.fromstring(data)
    method, digest_method = FORMS[form or DEFAULT_FORM[key.algorithm]]
    value = base64.b64encode(digest(DIGESTS[digest_method], canonical(root))).decode()
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{C14N}"/><ds:SignatureMethod Algorithm="{method}"/>'
        f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/></ds:Transforms><ds:DigestMethod Algorithm="{digest_method}"/>'
        f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:KeyName>{certificate.serial}"
        f"</ds:KeyName><ds:X509Data><ds:X509Certificate>{base64.b64encode(certificate.der).decode()}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
    root.insert(signature_index(root), signature)
    signature[1].text = base64.b64encode(key.sign(canonical(signature[0]), METHODS[method][1])).decode()
    return etree.tostring(root, encoding="utf-8")


class _Refused(Exception):
    """Why a signature is refused; never leaves this module."""


def verify(root: etree._Element, registered: Sequence[Certificate], at: datetime) -> Verified | Refusal:
    """Verify the one enveloped signature with the sender's registered certificates valid at that moment.

    The root comes back without its Signature. Both white-space habits of real senders are tried: a line break put in
    with the Signature after digesting, and a SignedInfo that was signed compact and sent indented.
    """
    try:
        return _verify(root, registered, at)
    except _Refused as fault:
        return Refusal(Finding("SIGN-INVALID", field="Signature", rules=("R-1501",)), str(fault))


def _verify(root: etree._Element, registered: Sequence[Certificate], at: datetime) -> Verified:
    signature = _only_signature(root)
    info, method, digest_method, expected = _read_info(signature)
    value = _base64(signature.findtext(f"{{{DS}}}SignatureValue"))
    algorithm, hashed = METHODS[method]
    good = [one for one in registered if one.algorithm == algorithm and one.valid_at(at)]
    named = (signature.findtext(f"{{{DS}}}KeyInfo/{{{DS}}}KeyName") or "").strip().lower()
    good.sort(key=lambda one: one.serial.lower() != named)
    forms = [canonical(info), _compact(info)]
    signer = next((one for one in good for form in dict.fromkeys(forms) if one.verifies(form, value, hashed)), None)
    body = _digested(root, signature, DIGESTS[digest_method], expected)
    if signer is None or body is None:
        raise _Refused("digest" if signer else "signature value or signer")
    return Verified(body, signer)


def _only_signature(root: etree._Element) -> etree._Element:
    """Exactly one Signature in the whole document, a child of the root, last but for an ExtendMessage."""
    found = list(root.iter(f"{{{DS}}}Signature"))
    if len(found) != 1 or found[0].getparent() is not root:
        raise _Refused("number or place of signatures")
    after = [one for one in list(root)[root.index(found[0]) + 1 :] if isinstance(one.tag, str)]
    if any(etree.QName(one).localname != "ExtendMessage" for one in after) or len(after) > 1:
        raise _Refused("elements after the signature")
    return found[0]


def _read_info(signature: etree._Element) -> tuple[etree._Element, str, str, bytes]:
    """SignedInfo with its methods and digest value, when its structure is exactly the one allowed."""
    parts = [one for one in signature if isinstance(one.tag, str)]
    if [one.tag for one in parts][:2] != [f"{{{DS}}}SignedInfo", f"{{{DS}}}SignatureValue"]:
        raise _Refused("structure of the signature")
    info = parts[0]
    inner = [one for one in info if isinstance(one.tag, str)]
    if [one.tag for one in inner] != [
        f"{{{DS}}}{name}" for name in ("CanonicalizationMethod", "SignatureMethod", "Reference")
    ]:
        raise _Refused("structure of SignedInfo")
    if inner[0].get("Algorithm") != C14N or inner[2].get("URI") != "":
        raise _Refused("canonicalisation or reference")
    transforms = [one.get("Algorithm") for one in inner[2].findall(f"{{{DS}}}Transforms/{{{DS}}}Transform")]
    if transforms not in ([ENVELOPED], [ENVELOPED, C14N]) or len(inner[2].findall(f"{{{DS}}}DigestValue")) != 1:
        raise _Refused("transforms")
    method, digest_method = inner[1].get("Algorithm", ""), inner[2].find(f"{{{DS}}}DigestMethod")
    name = digest_method.get("Algorithm", "") if digest_method is not None else ""
    if method not in METHODS or name not in DIGESTS:
        raise _Refused("method")
    return info, method, name, _base64(inner[2].findtext(f"{{{DS}}}DigestValue"))


def _base64(text: str | None) -> bytes:
    try:
        return base64.b64decode("".join((text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise _Refused("base64") from None


def _compact(info: etree._Element) -> bytes:
    """The canonical SignedInfo without white space between its elements."""
    for element in info.iter():
        if len(element) and not (element.text or "").strip():
            element.text = None
        if not (element.tail or "").strip():
            element.tail = None
    return canonical(info)


def _digested(root: etree._Element, signature: etree._Element, name: str, expected: bytes) -> bytes | None:
    """The canonical root without Signature whose digest is the expected one: as it stands, or less one run of white space."""
    index = root.index(signature)
    tail = signature.tail or ""
    before = root[index - 1].tail or "" if index else root.text or ""
    root.remove(signature)
    for lead in dict.fromkeys((before + tail, before, tail, "")):
        if (before + tail).strip() and lead != before + tail:
            continue
        if index:
            root[index - 1].tail = lead or None
        else:
            root.text = lead or None
        body = canonical(root)
        if digest(name, body) == expected:
            return body
    return None

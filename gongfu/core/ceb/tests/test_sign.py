"""Every signature form made and verified; every attack refused with the same text."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta, timezone
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gongfu.core.ceb import codec, gate, samples, sign
from gongfu.core.ceb.certificates import Certificate, SigningKey, load_certificate, make_certificate, make_key

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.rule("R-1501")]


@cache
def signer(algorithm: str, serial: int = 4711) -> tuple[SigningKey, Certificate]:
    key = make_key(algorithm)
    return key, load_certificate(
        make_certificate(key, f"演示 {algorithm}", serial, NOW - timedelta(days=1), NOW + timedelta(days=365))
    )


def signed(form: str, kind: str = "CEB621Message") -> tuple[bytes, Certificate]:
    key, certificate = signer("sm2" if form.startswith("sm2") else "rsa")
    return sign.sign(codec.encode(samples.sample(kind, Random(5))), key, certificate, form), certificate


def check(data: bytes, *certificates: Certificate, at: datetime = NOW) -> sign.Verified | sign.Refusal:
    root = gate.parse(data).root
    assert root is not None
    return sign.verify(root, certificates, at)


@pytest.mark.parametrize("kind", ["CEB621Message", "CEB603Message", "CEB411Message"])
@pytest.mark.parametrize("form", sorted(sign.FORMS))
def test_every_form_is_made_and_verified(form: str, kind: str) -> None:
    data, certificate = signed(form, kind)
    outcome = check(data, certificate)
    assert isinstance(outcome, sign.Verified), outcome
    assert b"Signature" not in outcome.canonical
    assert codec.decode(etree.fromstring(outcome.canonical)).documents


@pytest.mark.parametrize("form", sorted(sign.FORMS))
def test_white_space_habits_of_real_senders_are_tolerated(form: str) -> None:
    data, certificate = signed(form)
    spaced = data.replace(b"<ds:Signature ", b"\n<ds:Signature ")
    assert isinstance(check(spaced, certificate), sign.Verified)
    for tag in (b"<ds:SignatureMethod", b"<ds:Reference", b"</ds:SignedInfo", b"<ds:Transforms", b"<ds:DigestValue"):
        spaced = spaced.replace(tag, b"\n  " + tag)
    assert isinstance(check(spaced, certificate), sign.Verified)


def refusals() -> dict[str, tuple[bytes, tuple[Certificate, ...], datetime]]:
    data, good = signed("rsa-sha256")
    _, other = signer("rsa", 99)
    root = etree.fromstring(data)
    head = f"<ceb:CEB621Message xmlns:ceb='http://www.chinaport.gov.cn/ceb' guid='{'A' * 36}' version='1.0'>".encode()
    wrapped = head + etree.tostring(root) + b"</ceb:CEB621Message>"
    signature = data[data.index(b"<ds:Signature ") : data.index(b"</ds:Signature>") + len(b"</ds:Signature>")]
    moved = data.replace(signature, b"").replace(b"<ceb:BaseTransfer>", b"<ceb:BaseTransfer>" + signature)
    return {
        "unsigned": (data.replace(signature, b""), (good,), NOW),
        "tampered": (data.replace(b"<ceb:price>", b"<ceb:price>1", 1), (good,), NOW),
        "wrapped": (wrapped, (good,), NOW),
        "moved": (moved, (good,), NOW),
        "two": (data.replace(signature, signature + signature), (good,), NOW),
        "wrong signer": (data, (other,), NOW),
        "nobody": (data, (), NOW),
        "expired": (data, (good,), NOW + timedelta(days=400)),
        "not yet": (data, (good,), NOW - timedelta(days=10)),
        "md5": (
            data.replace(
                b"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", b"http://www.w3.org/2001/04/xmldsig-more#rsa-md5"
            ),
            (good,),
            NOW,
        ),
        "reference": (data.replace(b'URI=""', b'URI="#x"'), (good,), NOW),
        "file": (data.replace(b'URI=""', b'URI="file:///etc/passwd"'), (good,), NOW),
        "xpath": (data.replace(sign.ENVELOPED.encode(), b"http://www.w3.org/TR/1999/REC-xpath-19991116"), (good,), NOW),
        "base64": (data.replace(b"<ds:DigestValue>", b"<ds:DigestValue>*"), (good,), NOW),
        "trailing element": (
            data.replace(b"</ceb:CEB621Message>", b"<ceb:Inventory/></ceb:CEB621Message>"),
            (good,),
            NOW,
        ),
    }


@pytest.mark.parametrize("name", sorted(refusals()))
def test_every_attack_is_refused_with_the_same_text(name: str) -> None:
    data, certificates, at = refusals()[name]
    outcome = check(data, *certificates, at=at)
    assert isinstance(outcome, sign.Refusal), name
    assert outcome.finding.as_dict() == {
        "code": "SIGN-INVALID",
        "document": "",
        "line": 0,
        "field": "Signature",
        "value": "",
        "rules": ["R-1501"],
        "message": "报文签名没有通过验证。",
        "remedy": outcome.finding.remedy(),
    }


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_no_changed_byte_of_the_business_part_passes(place: int, flip: int) -> None:
    data, certificate = signed("rsa-sha256")
    body = data.index(b"<ds:Signature")
    at = place % body
    changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
    root = gate.parse(changed).root
    if root is None or sign.canonical(root) == sign.canonical(etree.fromstring(data)):
        return
    assert isinstance(sign.verify(root, [certificate], NOW), sign.Refusal)


def test_an_independent_library_accepts_ours_and_we_accept_its(tmp_path: object) -> None:
    from cryptography.hazmat.primitives import serialization
    from signxml import XMLSigner, XMLVerifier, methods

    data, certificate = signed("rsa-sha256")
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate.der) + b"-----END CERTIFICATE-----\n"
    found = XMLVerifier().verify(etree.fromstring(data), x509_cert=pem.decode(), expect_references=1)
    assert etree.QName(found.signed_xml).localname == "CEB621Message"
    key, _ = signer("rsa")
    unsigned = etree.fromstring(codec.encode(samples.sample("CEB621Message", Random(9))))
    theirs = XMLSigner(
        method=methods.enveloped, signature_algorithm="rsa-sha256", digest_algorithm="sha256", c14n_algorithm=sign.C14N
    ).sign(
        unsigned,
        key=key.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        cert=pem.decode(),
    )
    assert isinstance(check(etree.tostring(theirs), certificate), sign.Verified)


def test_keys_and_certificates_are_read_back() -> None:
    for algorithm in ("rsa", "sm2"):
        key, certificate = signer(algorithm)
        again = SigningKey.load(key.dump())
        assert certificate.verifies(b"text", again.sign(b"text"), "sha256")
        assert certificate.issued_by(certificate)
    with pytest.raises(ValueError, match="certificate"):
        load_certificate(b"nonsense")

"""Written messages: wire order, the blocks beside the documents, and the place of the signature."""

from __future__ import annotations

from random import Random

import pytest
from lxml import etree

from gongfu.core.ceb import codec, gate, samples, schema

pytestmark = pytest.mark.feature("intake.messages")


def full(kind: str) -> codec.Decoded:
    sent = samples.sample(kind, Random(4))
    sent.transfer["note"] = "备注"
    sent.subscribes = [
        {"status": "ALL", "dxpMode": "DXP", "dxpAddress": f"DXPENT000000000{number}"} for number in (1, 2)
    ]
    sent.extend = {"name": "own", "version": "1", "Message": "<own>text</own>"}
    return sent


@pytest.mark.rule("R-1501")
@pytest.mark.parametrize("kind", ["CEB621Message", "CEB603Message"])
def test_subscriptions_and_extensions_come_back(kind: str) -> None:
    sent = full(kind)
    root = gate.parse(codec.encode(sent)).root
    assert root is not None
    received = codec.decode(root)
    assert received.findings == []
    assert (received.transfer, received.subscribes, received.extend) == (sent.transfer, sent.subscribes, sent.extend)


@pytest.mark.rule("R-1501")
def test_the_signature_is_last_in_import_and_before_the_extension_in_export_messages() -> None:
    bought, sold = codec.build(full("CEB621Message")), codec.build(full("CEB603Message"))
    assert codec.signature_index(bought) == len(bought)
    assert codec.signature_index(sold) == len(sold) - 1
    assert etree.QName(sold[codec.signature_index(sold)]).localname == "ExtendMessage"
    plain = codec.build(samples.sample("CEB603Message", Random(4)))
    assert codec.signature_index(plain) == len(plain)


@pytest.mark.parametrize("kind", sorted(schema.tables()))
def test_fields_are_written_in_the_order_of_the_table_whatever_order_they_came_in(kind: str) -> None:
    sent = samples.sample(kind, Random(6), documents=1)
    straight = codec.encode(sent)
    sent.documents[0].head = dict(reversed(sent.documents[0].head.items()))
    sent.documents[0].items = [dict(reversed(item.items())) for item in sent.documents[0].items]
    assert codec.encode(sent) == straight
    assert b"> <" not in straight


def test_a_sign_that_xml_cannot_carry_is_refused() -> None:
    sent = samples.sample("CEB621Message", Random(6), documents=1)
    sent.documents[0].head["note"] = "a\x00b"
    with pytest.raises(ValueError, match="XML compatible"):
        codec.encode(sent)


def test_an_overlong_transfer_block_is_a_fault() -> None:
    sent = samples.sample("CEB621Message", Random(6), documents=1)
    sent.transfer["copName"] = "x" * 101
    found = codec.decode(codec.build(sent)).findings
    assert [(one.code, one.field) for one in found] == [("SCHEMA-LENGTH", "copName")]
    assert not codec.structure_ok(codec.build(sent))

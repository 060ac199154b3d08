"""Envelopes that say two things at once, or hide something beside their data, are not opened."""

from __future__ import annotations

import pytest

from gongfu.core.ceb import dxp, envelope, gate
from gongfu.core.rule import Finding

pytestmark = pytest.mark.feature("intake.messages")
DATA = b'<a guid="1"/>'
GOOD = dxp.wrap(
    DATA,
    cop_msg_id="M1",
    sender_id="DXPENT0000000001",
    receiver_ids=["DXPEDCCEB0000002"],
    created_at="2026-11-24T08:00:00",
    msg_type="CEB621Message",
    file_name="a.xml",
    keys={"DealFlag": "1"},
)


def opened(data: bytes) -> dxp.Envelope | list[Finding]:
    root = gate.parse(data).root
    assert root is not None
    return dxp.unwrap(root)


def test_an_envelope_gives_back_what_was_put_in() -> None:
    told = opened(GOOD)
    assert isinstance(told, dxp.Envelope)
    assert (told.data, told.file_name, told.keys) == (DATA, "a.xml", {"DealFlag": "1"})
    assert (told.cop_msg_id, told.created_at, told.transport) == ("M1", "2026-11-24T08:00:00", {})


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        (b"</Data>", b"</Data><Data>PGEvPg==</Data>", "SCHEMA-REPEATED", "Data"),
        (b"<SenderId>", b"<SenderId>X</SenderId><SenderId>", "SCHEMA-REPEATED", "SenderId"),
        (b"<Data>", b"<Data>PGEvPg==<!-- -->", "SCHEMA-BASE64", "Data"),
        (b"<Data>", b"<Data>\xe4\xb8\xad", "SCHEMA-BASE64", "Data"),
        (b"<CopMsgId>M1</CopMsgId>", b"", "SCHEMA-MISSING", "CopMsgId"),
        (b"<ReceiverId>DXPEDCCEB0000002</ReceiverId>", b"", "SCHEMA-COUNT", "ReceiverId"),
        (b"</ReceiverIds>", b"<ReceiverId>R</ReceiverId>" * 5 + b"</ReceiverIds>", "SCHEMA-COUNT", "ReceiverId"),
    ],
)
def test_a_faulty_envelope_is_not_opened(old: bytes, new: bytes, code: str, field: str) -> None:
    assert old in GOOD
    told = opened(GOOD.replace(old, new, 1))
    assert isinstance(told, list)
    assert [(one.code, one.field) for one in told] == [(code, field)]


def test_a_transport_envelope_tells_its_node() -> None:
    root = gate.parse(GOOD).root
    assert root is not None
    number = "NODE0001" + "20261124080000" + "0000000001"
    sent = dxp.wrap_transport(root, msg_id=number, send_time="2026-11-24T08:00:01", start_node="A", end_node="B")
    told = opened(sent)
    assert isinstance(told, dxp.Envelope)
    assert (told.data, told.transport["MsgId"], told.transport["StaNode"]) == (DATA, number, "A")
    empty = opened(sent.replace(b"DxpMsg ", b"Other ").replace(b"</DxpMsg>", b"</Other>"))
    assert isinstance(empty, list)
    assert [one.field for one in empty] == ["DxpMsg"]


def test_an_envelope_in_an_envelope_is_not_opened_again() -> None:
    nested = dxp.wrap(GOOD, cop_msg_id="2", sender_id="S", receiver_ids=["R"], created_at="", msg_type="X")
    assert envelope.business(nested) == (GOOD, None)
    assert envelope.peek(nested).type == "DxpMsg"


def test_an_answer_names_the_message_it_is_about() -> None:
    told = dxp.wrap_response(
        "DXPENT0000000001",
        dxp.Response("0001", "报文格式错误", "M1", "DXPENT0000000001"),
        noticed_on="2026-11-24",
        receivers=["DXPEDCCEB0000002"],
        created_at="2026-11-24T08:00:00",
        msg_type="CEB621Message",
    )
    assert b"<RecevierId>" in told
    assert b"<MsgType>CEB621Message</MsgType>" in told
    root = gate.parse(told).root
    assert root is not None
    assert [(one.code, one.cop_msg_id) for one in dxp.read_response(root)] == [("0001", "M1")]

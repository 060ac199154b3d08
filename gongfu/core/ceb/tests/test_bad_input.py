"""Bad input: each gets its code, nothing is raised, nothing else is disturbed."""

from __future__ import annotations

import resource
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from gongfu.core.ceb import codec, dxp, envelope, gate, samples, sign
from gongfu.core.rule import Finding

pytestmark = pytest.mark.feature("intake.messages")
KIND = "CEB621Message"


def xml(change: Callable[[codec.Decoded], object] | None = None, kind: str = KIND) -> str:
    sent = samples.sample(kind, Random(5), documents=2)
    if change:
        change(sent)
    return codec.encode(sent).decode()


BYTES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "XML-EMPTY"), "blank": (b" \n", "XML-EMPTY"), "not xml": (b"PK\x03\x04", "XML-NOT-XML"), "json": (b"{}", "XML-NOT-XML"),
    "doctype": (b"<!DOCTYPE a><a/>", "XML-DOCTYPE"), "doctype after comment": (b"<!-- x --><!DOCTYPE a []><a/>", "XML-DOCTYPE"),
    "billion laughs": (b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "XML-DOCTYPE"),
    "entity": (b"<a>&unknown;</a>", "XML-ENTITY"), "utf-16": ("<a/>".encode("utf-16"), "XML-ENCODING"),
    "big5": (b'<?xml version="1.0" encoding="Big5"?><a/>', "XML-ENCODING"), "wrong utf-8": (b"<a>\xff\xfe</a>", "XML-ENCODING"),
    "wrong gb18030": (b'<?xml version="1.0" encoding="GB18030"?><a>\x81</a>', "XML-ENCODING"), "nul": (b"<a>\x00</a>", "XML-ENCODING"),
    "truncated": (xml().encode()[:-200], "XML-TRUNCATED"), "two roots": (b"<a/><b/>", "XML-TWO-ROOTS"), "tags": (b"<a><b></a></b>", "XML-SYNTAX"),
    "deep": (b"<a>" * 100_000 + b"</a>" * 100_000, "LIMIT-DEPTH"), "33 deep": (b"<a>" * 33 + b"</a>" * 33, "LIMIT-DEPTH"),
    "20 MB": (b"<a>" + b"x" * 20_000_000 + b"</a>", "LIMIT-SIZE"), "long text": (b"<a>" + b"x" * 70_000 + b"</a>", "LIMIT-TEXT"),
    "many elements": (b"<a>" + b"<b/>" * 200_001 + b"</a>", "LIMIT-ELEMENTS"),
    "attributes": (b"<a " + b" ".join(b'a%d="1"' % number for number in range(40)) + b"/>", "LIMIT-ATTRIBUTES"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BYTES))
def test_bytes_that_are_no_message(name: str) -> None:
    data, code = BYTES[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = gate.parse(data)
    assert found.root is None
    assert [finding.code for finding in found.findings] == [code], found.findings
    assert found.findings[0].message("zh")
    assert found.findings[0].message("en")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_gb18030_is_read_where_it_is_declared() -> None:
    text = '<?xml version="1.0" encoding="GB18030"?>' + xml()
    root = gate.parse(text.encode("gb18030")).root
    assert root is not None
    assert codec.decode(root).documents


def head(**values: str | None) -> Callable[[codec.Decoded], object]:
    """Set (or with None take away) head fields of the first document."""

    def change(message: codec.Decoded) -> None:
        for name, value in values.items():
            if value is None:
                del message.documents[0].head[name]
            else:
                message.documents[0].head[name] = value

    return change


def line(**values: str) -> Callable[[codec.Decoded], object]:
    return lambda message: message.documents[0].items[0].update(values)


def lines(count: int) -> Callable[[codec.Decoded], object]:
    def change(message: codec.Decoded) -> None:
        message.documents[0] = samples.document(KIND, Random(1), 0, count)

    return change


VALUES: dict[str, tuple[Callable[[codec.Decoded], object], str, str]] = {
    "missing": (head(orderNo=None), "SCHEMA-MISSING", "orderNo"), "empty": (head(orderNo=""), "SCHEMA-EMPTY", "orderNo"),
    "too long": (head(copNo="x" * 21), "SCHEMA-LENGTH", "copNo"), "guid": (head(guid="short"), "SCHEMA-LENGTH", "guid"),
    "unknown code": (head(currency="999"), "SCHEMA-CODE", "currency"), "unknown mode": (head(tradeMode="0000"), "SCHEMA-CODE", "tradeMode"),
    "no number": (head(freight="12,5"), "SCHEMA-NUMBER", "freight"), "negative": (head(freight="-1"), "SCHEMA-NEGATIVE", "freight"),
    "six decimals": (head(freight="1.000001"), "SCHEMA-DIGITS", "freight"), "twenty digits": (head(freight="123456789012345.12345"), "SCHEMA-DIGITS", "freight"),
    "exponent": (head(freight="1e3"), "SCHEMA-NUMBER", "freight"), "no date": (head(appTime="20260230101010"), "SCHEMA-DATE", "appTime"),
    "no day": (head(declTime="20261301"), "SCHEMA-DATE", "declTime"), "line code": (line(unit="ZZZ"), "SCHEMA-CODE", "unit"),
    "half a pair": (lambda message: (message.documents[0].items[0].pop("unit2", None), message.documents[0].items[0].update(qty2="1")), "SCHEMA-PAIR", "qty2"),
    "100 lines": (lines(100), "SCHEMA-COUNT", "InventoryList"), "no lines": (lambda message: message.documents[0].items.clear(), "SCHEMA-COUNT", "InventoryList"),
    "gnum twice": (lambda message: message.documents[0].items.append(dict(message.documents[0].items[0])), "SCHEMA-GNUM", "gnum"),
}  # fmt: skip


def read(text: str, kind: str = KIND) -> tuple[codec.Batch, list[Finding]]:
    root = gate.parse(text.encode()).root
    assert root is not None
    batch = codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root))])
    return batch, [finding for bad in batch.bad for finding in bad.findings] + [
        finding for _, finding in batch.findings
    ]


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_fault_is_named_and_the_other_document_goes_on(name: str) -> None:
    change, code, field = VALUES[name]
    batch, found = read(xml(change))
    assert (code, field) in [(finding.code, finding.field) for finding in found], found
    assert [bad.position for bad in batch.bad] == [0]
    assert batch.heads["position"].to_list() == [1]
    told = next(finding for finding in found if finding.code == code).as_dict()
    assert told["document"]
    assert told["remedy"]


def test_all_faults_are_listed_and_not_only_the_first() -> None:
    _, found = read(xml(head(currency="999", freight="x", orderNo=None, declTime="1")))
    assert {"SCHEMA-CODE", "SCHEMA-NUMBER", "SCHEMA-MISSING", "SCHEMA-LENGTH"} <= {finding.code for finding in found}


STRUCTURE: dict[str, tuple[Callable[[str], str], str]] = {
    "unknown element": (lambda text: text.replace("<ceb:copNo>", "<ceb:extra>1</ceb:extra><ceb:copNo>", 1).replace("<ceb:freight>", "<ceb:extra>1</ceb:extra><ceb:freight>", 1), "SCHEMA-UNKNOWN"),
    "repeated element": (lambda text: text.replace("<ceb:currency>142</ceb:currency>", "<ceb:currency>142</ceb:currency>" * 2, 1), "SCHEMA-REPEATED"),
    "misordered": (lambda text: text.replace("<ceb:appType>", "<ceb:swap>", 1).replace("</ceb:InventoryHead>", "<ceb:appType>1</ceb:appType></ceb:InventoryHead>", 1).replace("<ceb:swap>1</ceb:appType>", "", 1).replace("<ceb:swap>2</ceb:appType>", "", 1).replace("<ceb:swap>3</ceb:appType>", "", 1), "SCHEMA-ORDER"),
    "inner element": (lambda text: text.replace("<ceb:ebpName>", "<ceb:ebpName><ceb:b/>", 1), "SCHEMA-UNKNOWN"),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(STRUCTURE))
def test_a_fault_of_structure_is_named(name: str) -> None:
    change, code = STRUCTURE[name]
    text = change(xml(head(currency="142")))
    batch, found = read(text)
    assert code in [finding.code for finding in found], found
    assert batch.heads["position"].to_list() == [1]


def test_a_hundred_and_one_documents_are_too_many() -> None:
    sent = samples.sample("CEB411Message", Random(1), documents=101)
    _, found = read(codec.encode(sent).decode(), "CEB411Message")
    assert "SCHEMA-COUNT" in [finding.code for finding in found]


def test_quirks_of_real_senders_are_tolerated_as_remarks() -> None:
    text = xml(head(guid="xxxxxx-name-20260101101010-xxxxxx12345"[:36]))
    doubled = text.replace(
        "<ceb:BaseTransfer>",
        "<ceb:BaseTransfer><ceb:copCode>1</ceb:copCode><ceb:copName>x</ceb:copName><ceb:dxpMode>DXP</ceb:dxpMode><ceb:dxpId>1</ceb:dxpId></ceb:BaseTransfer><ceb:BaseTransfer>",
    )
    batch, found = read(doubled.replace('version="1.0"', 'version="v1.0"'))
    assert batch.heads.height == 2
    assert [finding.code for finding in found] == ["SCHEMA-DOUBLE-BLOCK"]
    assert batch.transfers[0]["copCode"] == "1", "of a doubled block the first one holds"
    batch, found = read(text.replace('version="1.0"', 'version="2"'))
    assert (batch.heads.height, [finding.code for finding in found]) == (2, ["SCHEMA-VERSION"])


def test_the_816_extras_outside_the_schema_are_tolerated() -> None:
    sent = samples.sample("CEB816Message", Random(2), documents=1)
    text = codec.encode(sent).decode().replace("</ceb:TaxHeadRd>", "<ceb:logisticNo>1</ceb:logisticNo></ceb:TaxHeadRd>")
    batch, found = read(text, "CEB816Message")
    assert (batch.heads.height, found) == (1, [])


def test_personal_values_are_masked_in_findings() -> None:
    _, found = read(xml(head(buyerIdNumber="510603199003071238" * 4)))
    assert "199003071238" not in str([finding.as_dict() for finding in found])


def wrapped(data: bytes) -> bytes:
    return dxp.wrap(
        data,
        cop_msg_id="1",
        sender_id="S",
        receiver_ids=["R"],
        created_at="2026-01-01T00:00:00",
        msg_type=KIND,
        keys={"a": "b"},
    )


def test_envelopes_open_and_faulty_ones_say_why() -> None:
    data = xml().encode()
    assert envelope.business(wrapped(data)) == (data, None)
    assert envelope.peek(wrapped(data)).guid == gate.peek(data).guid
    cases: dict[str, tuple[bytes, str]] = {
        "no data": (wrapped(data).replace(b"<Data>", b"<Dat>").replace(b"</Data>", b"</Dat>"), "SCHEMA-MISSING"),
        "not base64": (wrapped(data).replace(b"<Data>", b"<Data>*"), "SCHEMA-BASE64"),
        "doctype inside": (wrapped(b"<!DOCTYPE a><a/>"), "XML-DOCTYPE"),
    }
    for bad, code in cases.values():
        finding: Any = envelope.peek(bad).finding
        assert finding.code == code


def test_transport_envelopes_and_answers_round_trip() -> None:
    inner = dxp.envelope_element(
        b"<a/>", cop_msg_id="1", sender_id="S", receiver_ids=["R", "Q"], created_at="2026-01-01T00:00:00", msg_type="X"
    )
    sent = dxp.wrap_transport(
        inner, msg_id="NODE0001" + "2" * 24, send_time="2026-01-01T00:00:00", start_node="A", end_node="B"
    )
    root = gate.parse(sent).root
    assert root is not None
    opened = dxp.unwrap(root)
    assert isinstance(opened, dxp.Envelope)
    assert (opened.data, opened.receiver_ids) == (b"<a/>", ("R", "Q"))
    answer = dxp.wrap_response(
        "R",
        dxp.Response("0", "ok", "1", "S"),
        noticed_on="2026-01-01",
        receivers=["R"],
        created_at="2026-01-01T00:00:00",
    )
    root = gate.parse(answer).root
    assert root is not None
    assert dxp.read_response(root) == [dxp.Response("0", "ok", "1", "S")]

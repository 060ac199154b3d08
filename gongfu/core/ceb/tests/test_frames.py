"""Whatever a message holds, the fast way gives what the exact way gives, and nothing stops the others of its batch."""

from __future__ import annotations

from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gongfu.core.ceb import codec, frames, gate, samples, schema, sign
from gongfu.core.ceb.tests.spoiled import DATES, NUMBERS, spoil

pytestmark = pytest.mark.feature("intake.messages")
KINDS = sorted(schema.tables())


def parsed(data: bytes) -> codec.Parsed | None:
    root = gate.parse(data).root
    return None if root is None else codec.Parsed(root, sign.canonical(root))


def exactly(kind: str, messages: list[codec.Parsed]) -> codec.Batch:
    """The batch with every message sent the exact way."""
    layout = schema.table(kind)
    heads, items = (pl.DataFrame(schema=one) for one in (frames.head_schema(layout), frames.item_schema(layout)))
    batch = codec.Batch(kind, heads, items)
    for index, message in enumerate(messages):
        frames._exact(batch, layout, index, message.root)
    return batch


def seen(batch: codec.Batch) -> tuple[Any, ...]:
    """A batch without its numbering of documents and its order of messages."""
    heads = batch.heads.sort("message", "position")
    order = heads.select("document", place=pl.int_range(pl.len()))
    items = batch.items.join(order, on="document").sort("place", maintain_order=True).drop("document")
    bad = sorted((one.message, one.position, repr(one)) for one in batch.bad)
    return (
        heads.drop("document").rows(),
        heads.schema,
        items.rows(),
        items.schema,
        bad,
        sorted(map(repr, batch.findings)),
    )


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_spoiled_messages_are_read_alike_both_ways(seed: int) -> None:
    rng = Random(seed)
    kind = rng.choice(KINDS)
    messages = []
    for _ in range(4):
        root = codec.build(samples.sample(kind, rng))
        spoil(root, rng)
        message = parsed(etree.tostring(root))
        if message is not None and etree.QName(message.root).localname == kind:
            messages.append(message)
    assert seen(codec.read_batch(kind, messages)) == seen(exactly(kind, messages))


@pytest.mark.parametrize("text", NUMBERS)
def test_no_number_stops_a_batch(text: str) -> None:
    good, odd = (samples.sample("CEB411Message", Random(number), documents=2) for number in (1, 2))
    odd.documents[0].head["amountPaid"] = text
    messages = [one for one in (parsed(codec.encode(message)) for message in (good, odd)) if one]
    batch = codec.read_batch("CEB411Message", messages)
    assert batch.heads.height + len(batch.bad) == 4
    assert {bad.position for bad in batch.bad} <= {0}
    for bad in batch.bad:
        assert [finding.field for finding in bad.findings] == ["amountPaid"]


@pytest.mark.parametrize("text", DATES + ("20230101235959", "20240229000000"))
def test_a_time_is_judged_alike_both_ways(text: str) -> None:
    sent = samples.sample("CEB411Message", Random(1), documents=2)
    sent.documents[1].head["appTime"] = text
    message = parsed(codec.encode(sent))
    assert message is not None
    batch = codec.read_batch("CEB411Message", [message])
    assert seen(batch) == seen(exactly("CEB411Message", [message]))
    assert batch.heads.height == (2 if text in ("20230101235959", "20240229000000", "20230101000000") else 1)


@pytest.mark.parametrize(("text", "taken"), [("5.", "5"), (".5", "0.5"), ("+1.5", "1.5"), (" 2 ", "2"), ("007", "7")])
def test_numbers_written_unusually_are_taken(text: str, taken: str) -> None:
    sent = samples.sample("CEB411Message", Random(1), documents=1)
    sent.documents[0].head["amountPaid"] = text
    message = parsed(codec.encode(sent))
    assert message is not None
    heads = codec.read_batch("CEB411Message", [message]).heads
    assert heads["amountPaid"].cast(pl.Float64).to_list() == [float(taken)]


def test_a_message_of_many_types_of_fault_leaves_the_hundred_alone() -> None:
    sent = samples.sample("CEB621Message", Random(9), documents=100)
    for number, name in enumerate(("currency", "tradeMode", "guid", "declTime", "packNo")):
        sent.documents[number * 7].head[name] = "?"
    message = parsed(codec.encode(sent))
    assert message is not None
    batch = codec.read_batch("CEB621Message", [message])
    assert [bad.position for bad in batch.bad] == [0, 7, 14, 21, 28]
    assert batch.heads["position"].to_list() == [one for one in range(100) if one not in (0, 7, 14, 21, 28)]
    lines = sum(len(document.items) for document in sent.documents if document.position not in (0, 7, 14, 21, 28))
    assert batch.items.height == lines


def test_an_extension_is_counted_before_it_is_read() -> None:
    sent = samples.sample("CEB621Message", Random(1))
    root = codec.build(sent)
    inner = etree.SubElement(root, f"{{{root.nsmap['ceb']}}}ExtendMessage")
    for _ in range(40):
        inner = etree.SubElement(inner, "deep")
    found = gate.parse(etree.tostring(root), counted=False).root
    assert found is not None
    assert not codec.structure_ok(found)
    batch = codec.read_batch("CEB621Message", [codec.Parsed(found, sign.canonical(found))])
    assert (batch.heads.height, [finding.code for _, finding in batch.findings]) == (0, ["LIMIT-DEPTH"])

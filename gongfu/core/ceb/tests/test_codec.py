"""Generate → encode → decode is the identity for every type, and the fast way equals the exact way."""

from __future__ import annotations

from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.core.ceb import codec, frames, gate, samples, schema, sign

KINDS = sorted(schema.tables())


def parse(data: bytes) -> object:
    found = gate.parse(data)
    assert found.root is not None, found.findings
    return found.root


@pytest.mark.feature("intake.messages")
@pytest.mark.rule("R-1501")
def test_every_published_message_has_a_table() -> None:
    assert len(KINDS) == 42
    assert all(schema.table(kind).head_fields for kind in KINDS)


@pytest.mark.feature("intake.messages")
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_decoding_gives_back_what_was_encoded(kind: str, seed: int) -> None:
    sent = samples.sample(kind, Random(seed))
    received = codec.decode(parse(codec.encode(sent)))
    assert received.findings == []
    assert [document.findings for document in received.documents] == [[] for _ in sent.documents]
    assert [(one.guid, one.head, one.items) for one in received.documents] == [
        (one.guid, one.head, one.items) for one in sent.documents
    ]
    assert (received.type, received.guid, received.transfer) == (sent.type, sent.guid, sent.transfer)


@pytest.mark.feature("intake.messages")
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_fast_way_equals_the_exact_way(kind: str, seed: int) -> None:
    rng = Random(seed)
    roots = [parse(codec.encode(samples.sample(kind, rng))) for _ in range(2)]
    assert all(codec.structure_ok(root) for root in roots)
    batch = codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root)) for root in roots])
    assert batch.bad == [] and batch.findings == []
    layout = schema.table(kind)
    exact = [frames.frames_of(layout, codec.decode(root).documents, index) for index, root in enumerate(roots)]
    same = {"message", "document"}
    assert batch.heads.drop(same).equals(pl.concat([heads for heads, _ in exact]).drop(same))
    assert batch.items.drop("document").equals(pl.concat([items for _, items in exact]).drop("document"))


@pytest.mark.parametrize("form", ["{}", '<?xml version="1.0" encoding="UTF-8"?>\n{}', "<!-- note -->{}"])
def test_any_prefix_or_a_default_namespace_is_read(form: str) -> None:
    sent = samples.sample("CEB621Message", Random(7))
    text = codec.encode(sent).decode()
    plain = text.replace("ceb:", "").replace("xmlns:ceb", "xmlns")
    other = text.replace("ceb:", "x:").replace("xmlns:ceb", "xmlns:x")
    for variant in (text, plain, other):
        received = codec.decode(parse(form.format(variant).encode()))
        assert [one.head for one in received.documents] == [one.head for one in sent.documents]
        assert codec.structure_ok(parse(variant.encode()))


def test_one_bad_document_never_silences_the_others() -> None:
    sent = samples.sample("CEB411Message", Random(3), documents=100)
    sent.documents[41].head["amountPaid"] = "12,50"
    sent.documents[41].head["currency"] = "XXX"
    root = parse(codec.encode(sent))
    batch = codec.read_batch("CEB411Message", [codec.Parsed(root, sign.canonical(root))])
    assert batch.heads.height == 99
    assert [bad.position for bad in batch.bad] == [41]
    assert {finding.code for finding in batch.bad[0].findings} == {"SCHEMA-NUMBER", "SCHEMA-CODE"}

"""Results of summaries: gnum is the line of each cited list there, so the same number comes again and again."""

from __future__ import annotations

from random import Random

import pytest

from gongfu.core.ceb import codec, gate, samples, sign


@pytest.mark.feature("declarations.exports")
@pytest.mark.parametrize(("kind", "sound"), [("CEB792Message", True), ("CEB607Message", False)])
def test_gnum_repeats_in_a_result_and_nowhere_else(kind: str, sound: bool) -> None:
    message = samples.sample(kind, Random(7), documents=1)
    document = message.documents[0]
    line = samples.document(kind, Random(8), lines=1).items[0]
    document.items = [{**line, "gnum": "1"}, {**line, "gnum": "1"}]
    root = gate.parse(codec.encode(message)).root
    assert root is not None
    batch = codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root))])
    assert (not batch.bad) is sound
    assert any(one.findings for one in codec.decode(root).documents) is not sound

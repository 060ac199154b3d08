"""The gate against hostile bytes: the code says what was wrong, within a second and 50 MB."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.core.ceb import codec, gate, samples, sign
from gongfu.core.ceb.limits import Limits

pytestmark = pytest.mark.feature("intake.messages")
GOOD = codec.encode(samples.sample("CEB621Message", Random(1)))
BIG = 4_000_000
HOSTILE = {
    "comment": (b"<a><!--" + b"x" * BIG + b"--></a>", "LIMIT-TEXT"),
    "instruction": (b"<a><?p " + b"x" * BIG + b"?></a>", "LIMIT-TEXT"),
    "attribute": (b'<a><b c="' + b"x" * BIG + b'"/></a>', "LIMIT-TEXT"),
    "character data": (b"<a><![CDATA[" + b"<" * 70_000 + b"]]></a>", "LIMIT-TEXT"),
    "references": (b"<a>" + b"&#65;" * 200_000 + b"</a>", "LIMIT-TEXT"),
    "root attribute": (b'<a b="' + b"x" * BIG + b'"/>', "LIMIT-PROLOG"),
    "long comment first": (b"<!--" + b"x" * 20_000 + b"-->" + GOOD, "LIMIT-PROLOG"),
    "blanks first": (b" " * 20_000 + GOOD, "LIMIT-PROLOG"),
    "comments first": (b"<!-- -->" * 500_000 + b"<a/>", "LIMIT-PROLOG"),
    "hidden doctype": (b"<?p " + b"x" * 20_000 + b'?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "LIMIT-PROLOG"),
    "elements": (b"<a>" + b"<b/>" * 1_200_000 + b"</a>", "LIMIT-ELEMENTS"),
    "comments": (b"<a>" + b"<!---->" * 700_000 + b"</a>", "LIMIT-ELEMENTS"),
    "starts": (b"<a>" * 1_600_000, "LIMIT-ELEMENTS"),
    "namespaces": (
        b"<a><b " + b" ".join(b'xmlns:n%d="u"' % one for one in range(200_000)) + b"/></a>",
        "LIMIT-ATTRIBUTES",
    ),
    "attributes": (b"<a><b " + b" ".join(b'n%d=""' % one for one in range(400_000)) + b"/></a>", "LIMIT-ATTRIBUTES"),
    "namespace": (b'<a><b xmlns="ceb"/></a>', "XML-NAMESPACE"),
    "words like namespaces": (b"<a>" + b"xmlns:" * 700_000 + b"</a>", "LIMIT-TEXT"),
    "beginnings of namespaces": (b"<a>" + b"xmlns = " * 500_000 + b"</a>", "LIMIT-TEXT"),
    "half namespaces": (b"<a>" + b'xmlns="a' * 500_000 + b"</a>", "XML-NAMESPACE"),
    "prefixed namespace": (b"<a\n xmlns:c = 'http//www'/>", "XML-NAMESPACE"),
    "packed": (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "XML-NOT-XML"),
    "hidden encoding": (b'<?xml version="1.0"' + b" " * 400 + b'encoding="UTF-16"?><a/>', "XML-ENCODING"),
    "ampersand": (b"<a>R & D</a>", "XML-SYNTAX"),
    "cut in a tag": (GOOD[:-3], "XML-TRUNCATED"),
    "cut in the root": (GOOD[:40], "XML-TRUNCATED"),
    "cut in a value": (GOOD[: len(GOOD) // 2], "XML-TRUNCATED"),
    "declaration alone": (b'<?xml version="1.0"?>', "XML-TRUNCATED"),
    "trailing": (GOOD + b"x", "XML-TWO-ROOTS"),
    "surrogate": (b"<a>\xed\xa0\x80</a>", "XML-ENCODING"),
    "late nul": (GOOD[:-5] + b"\x00" + GOOD[-5:], "XML-SYNTAX"),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_bytes_are_named_within_a_second(name: str) -> None:
    data, code = HOSTILE[name]
    started = process_time()
    found = gate.parse(data)
    assert process_time() - started < 1
    assert found.root is None
    assert [finding.code for finding in found.findings] == [code]
    for lang in ("zh", "en"):
        assert "—" not in found.findings[0].message(lang), "a fact that the text quotes is missing"


MEASURE = """
import re, sys
from gongfu.core.ceb import gate
from gongfu.core.ceb.tests.test_limits import HOSTILE

def peak_kb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])

gate.parse(b"<a/>")
data = HOSTILE[sys.argv[1]][0]
open("/proc/self/clear_refs", "w").write("5")
before = peak_kb()
gate.parse(data)
print(peak_kb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("name", ["elements", "attributes", "namespaces", "comment"])
def test_hostile_bytes_take_little_memory(name: str) -> None:
    told = subprocess.run([sys.executable, "-c", MEASURE, name], capture_output=True, text=True, check=True)
    assert int(told.stdout) < 50 * 1024


@pytest.mark.parametrize(
    ("limits", "data", "code"),
    [
        (Limits(depth=3), b"<a><b><c><d/></c></b></a>", "LIMIT-DEPTH"),
        (Limits(elements=2), b"<a><b/><c/></a>", "LIMIT-ELEMENTS"),
        (Limits(attributes=1), b'<a><b c="" d=""/></a>', "LIMIT-ATTRIBUTES"),
        (Limits(text_chars=3), b"<a><b>four</b></a>", "LIMIT-TEXT"),
        (Limits(size_bytes=3), b"<a/>", "LIMIT-SIZE"),
    ],
)
def test_limits_are_those_given_and_exact(limits: Limits, data: bytes, code: str) -> None:
    assert [finding.code for finding in gate.parse(data, limits).findings] == [code]
    assert gate.parse(data).root is not None


def test_what_lies_on_the_limit_passes() -> None:
    assert gate.parse(b"<a>" * 32 + b"</a>" * 32).root is not None
    assert gate.parse(b"<a>" + b"<b/>" * 199_999 + b"</a>").root is not None
    assert gate.parse(b"<a>" + b"x" * 65_536 + b"</a>").root is not None
    assert gate.parse(b"<a " + b" ".join(b'n%d=""' % one for one in range(32)) + b"/>").root is not None


@pytest.mark.parametrize("before", [0, 1, 17, 5_000, 32_767, 32_768, 65_535, 65_536, 200_000])
@pytest.mark.parametrize("after", [0, 40_000])
def test_a_long_text_is_found_wherever_it_begins(before: int, after: int) -> None:
    fill = b"<b>x</b>" * (before // 8) + b" " * (before % 8)
    for size, codes in ((65_536, []), (65_537, ["LIMIT-TEXT"])):
        found = gate.parse(b"<a>" + fill + b"<c>" + b"x" * size + b"</c>" + b"<b>y</b>" * (after // 8) + b"</a>")
        assert [one.code for one in found.findings] == codes


def test_the_line_of_a_fault_is_told() -> None:
    assert [one.line for one in gate.parse(b"<a>\n<b>\n</a>").findings] == [3]
    assert [one.line for one in gate.parse(b"<a>\n\n<b>" + b"x" * 70_000 + b"</b></a>").findings] == [3]


def test_a_namespace_on_each_of_many_documents_is_no_fault() -> None:
    assert gate.parse(b"<a>" + b'<b xmlns="urn:b"/>' * 100 + b"</a>").root is not None


@pytest.mark.parametrize("name", ["http://www.chinaport.gov.cn/ceb", "urn:b", ""])
def test_a_document_that_passes_has_a_canonical_form(name: str) -> None:
    root = gate.parse(f'<a><b xmlns="{name}" title="xmlns"/>&#32;xmlns=b</a>'.encode()).root
    assert root is not None
    assert sign.canonical(root)


FRAGMENTS = (
    b"<!DOCTYPE a>",
    b"<!--",
    b"]]>",
    b"<![CDATA[",
    b"&#0;",
    b"&x;",
    b' xmlns="x"',
    b"<?x?>",
    b"\x00",
    b"\xff",
    b"<a>",
    b"",
)


@settings(max_examples=50, deadline=None)
@given(place=st.integers(0, len(GOOD)), cut=st.integers(0, 20), put=st.sampled_from(FRAGMENTS) | st.binary(max_size=3))
def test_no_bytes_make_the_gate_or_what_stands_behind_it_raise(place: int, cut: int, put: bytes) -> None:
    data = GOOD[:place] + put + GOOD[place + cut :]
    seen, found = gate.peek(data), gate.parse(data)
    assert (found.root is None) == bool(found.findings)
    if found.root is None:
        assert found.findings[0].message("zh")
        return
    assert seen.finding is None
    batch = codec.read_batch("CEB621Message", [codec.Parsed(found.root, sign.canonical(found.root))])
    assert batch.heads.height or batch.bad or batch.findings


def test_peek_reads_the_start_tag_alone() -> None:
    seen = gate.peek(GOOD[:300] + b"\xff<<<&broken")
    assert (seen.type, seen.version, seen.finding) == ("CEB621Message", "1.0", None)
    assert len(seen.guid) == 36


def test_a_guid_written_in_references_is_the_same_guid() -> None:
    plain = gate.peek(GOOD).guid
    written = "".join(f"&#{ord(one)};" if place % 2 else f"&#x{ord(one):X};" for place, one in enumerate(plain))
    assert gate.peek(GOOD.replace(plain.encode(), written.encode(), 1)).guid == plain
    assert gate.peek(b'<a guid="&#0;&#xD800;&#9999999;"/>').guid == "&#0;&#xD800;&#9999999;"


@pytest.mark.parametrize(
    "start", [b"", b"\xef\xbb\xbf", b'<?xml version="1.0" encoding="utf-8"?>\r\n', b"<!-- note -->"]
)
def test_usual_openings_pass(start: bytes) -> None:
    assert gate.peek(start + GOOD).type == "CEB621Message"
    assert gate.parse(start + GOOD + b"\n").root is not None

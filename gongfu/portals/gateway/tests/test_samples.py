"""Published samples: always the same, the sound ones pass, each bad one gets its documented finding and no other."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.ceb.schema import tables
from gongfu.core.rule import registry
from gongfu.portals.gateway import conformance, samples
from gongfu.portals.gateway.standards import chosen

pytestmark = [pytest.mark.feature("gateway.developers"), pytest.mark.django_db]


def judged(files: list[conformance.File]) -> dict:
    at = clock.now()
    standard = chosen("", civil_date(at))
    return conformance.conform(files, zone="nanchong", party_code="91511300MA6DEM014G", standard=standard, at=at)


@pytest.mark.parametrize("kind", samples.signed_types())
def test_each_sample_comes_out_as_documented(kind: str) -> None:
    made = samples.samples(kind)
    report = judged([conformance.File(one.name, one.data) for one in made])
    told = {
        row["sample"]: (row["verdict"], sorted({one["code"] for one in row["findings"]})) for row in report["files"]
    }
    wrong = {
        one.name: (one.expected, told.get(one.name))
        for one in made
        if told.get(one.name, ("failed",))[0] != ("as_documented" if one.expected else "passed")
    }
    assert wrong == {}
    assert report["verdict"] == "passed"
    assert report["types"] == [
        {
            "type": kind,
            "samples": len(made),
            "as_published": len(made),
            "missing": [],
            "certified": True,
            "own_signature": False,
        }
    ]


def test_every_type_has_samples_and_every_expected_code_is_registered() -> None:
    assert len(tables()) == 42
    for kind in tables():
        made = samples.samples(kind)
        assert made[0].expected == ""
        assert len({one.name for one in made}) == len(made)
        assert {one.expected for one in made if one.expected} <= set(registry())
        if kind in samples.signed_types():
            assert len(made) >= 5, kind
    assert {one.expected for one in samples.samples("CEB621Message")} >= {
        "BIZ-LINE-TOTAL",
        "SIGN-INVALID",
        "XML-DOCTYPE",
        "SCHEMA-MISSING",
    }


def test_the_archive_is_always_the_same_and_says_what_to_expect() -> None:
    packed = samples.archive("CEB311Message")
    samples.samples.cache_clear()
    assert samples.archive("CEB311Message") == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as box:
        expected = json.loads(box.read("expected.json"))
        assert set(expected) == {name.removeprefix("ceb311-") for name in box.namelist() if name.endswith(".xml")}


def test_a_changed_sample_is_no_sample_any_more() -> None:
    one = samples.samples("CEB311Message")[0]
    changed = one.data.replace(b"<ceb:orderType>I<", b"<ceb:orderType>E<")
    assert changed != one.data
    assert samples.known(one.data, one.type, one.guid) == one
    assert samples.known(changed, one.type, one.guid) is None

"""The import by sheet as a mechanism: fed with data alone, blocks of rows, personal values masked, a failed job asked for again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.models import Person
from gongfu.base.jobs.models import Job
from gongfu.base.screens import actions, workbooks
from gongfu.base.screens.imports import BLOCK, IMPORTS, SheetImport
from gongfu.base.screens.models import Upload
from gongfu.core.fields import PERSONAL, Field
from gongfu.core.rule import Finding

pytestmark = [pytest.mark.feature("intake.feeds"), pytest.mark.django_db]
FIELDS = (
    Field("code", "编号", "Code"),
    Field("weight", "重量", "Weight", "whole"),
    Field("phone", "电话", "Phone", "phone", klass=PERSONAL, masked="phone"),
)
Rows = Sequence[Mapping[str, Any]]
TAKEN: list[int] = []


def heavy(actor: Actor, rows: Rows) -> list[list[Finding]]:
    return [[Finding("FIELD-RANGE", field="weight", value="90")] if one["weight"] > 90 else [] for one in rows]


def accept(actor: Actor, rows: Rows) -> list[tuple[str, list[Finding]]]:
    TAKEN.append(len(rows))
    return [
        ("", [Finding("FIELD-RANGE", field="code")]) if one["code"] == "gone" else (one["code"], []) for one in rows
    ]


@pytest.fixture
def imported(settings: Any, tmp_path: Any) -> Iterator[SheetImport]:
    settings.DATA = tmp_path
    TAKEN.clear()
    yield SheetImport("test.dogs", ("狗", "Dogs"), ("", ""), FIELDS, "demo.apply", heavy, accept, once=("code",))
    IMPORTS.pop("test.dogs")


@pytest.fixture
def actor() -> Actor:
    return of_person(Person.objects.create(username="a", role="firm.operator", zone="nanchong", party_code="X"))


def sheet(rows: list[tuple[str, str, str]]) -> bytes:
    return "\n".join(["编号,重量,电话", *(",".join(one) for one in rows)]).encode()


def test_rows_go_block_by_block_and_every_refusal_is_told(imported: SheetImport, actor: Actor) -> None:
    rows = [(f"d{at}", "5", "13812345678") for at in range(BLOCK + 1)]
    rows += [("fat", "91", "13812345678"), ("gone", "5", "13812345678"), ("d1", "5", "13812345678"), ("", "x", "1")]
    told = workbooks.read(sheet(rows), "a.csv", FIELDS)
    seen: list[tuple[int, int]] = []
    result = b"".join(imported.carried_out(actor, told, "zh", lambda done, total: seen.append((done, total))))
    again = workbooks.read(result, "r.xlsx", FIELDS)
    assert [row["code"] for row in again.rows] == ["fat", "gone", "d1", ""]
    assert TAKEN == [BLOCK, 2] and seen[-1] == (BLOCK + 1, BLOCK + 2)


def test_previews_mask_personal_values(imported: SheetImport, actor: Actor) -> None:
    data = sheet([("a", "5", "13812345678"), ("b", "91", "13912345678")])
    upload = imported.taken(actor, data, "a.csv")
    assert isinstance(upload, Upload)
    assert (upload.good, upload.bad) == (1, 1)
    kept = str(upload.preview)
    assert "13812345678" not in kept and "13912345678" not in kept and "'b'" in kept
    assert imported.taken(actor, data, "other.csv") == upload


def test_a_file_whose_job_failed_may_be_taken_again(imported: SheetImport, actor: Actor) -> None:
    upload = imported.taken(actor, sheet([("a", "5", "13812345678")]), "a.csv")
    assert isinstance(upload, Upload)
    job = Job.objects.create(owner=actor.name, kind="sheet.import", title="x")
    actions.begin(actor, upload, job.pk)
    assert imported._job(actor, upload) == job
    Job.objects.filter(pk=job.pk).update(state="failed")
    assert imported._job(actor, upload) is None


def test_an_unreadable_file_says_why(imported: SheetImport, actor: Actor) -> None:
    told = imported.taken(actor, b"%PDF-1.4", "a.xlsx")
    assert isinstance(told, list) and told[0].code == "IMPORT-NAME"
    assert not Upload.objects.exists()

"""Imports by sheet as data: template, upload, preview with the findings of each row, acceptance as a job, result workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages as notes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.cards import Screen
from gongfu.base.jobs import actions as jobs
from gongfu.base.jobs import queries as asked
from gongfu.base.jobs.models import Job
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens import actions, workbooks
from gongfu.base.screens.findings import shown
from gongfu.base.screens.jobs import row_of
from gongfu.base.screens.models import Upload
from gongfu.base.screens.words import english, say
from gongfu.core.fields import PERSONAL, Field
from gongfu.core.rule import Finding

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLOCK, SHOWN, KEPT = 500, 50, 20
Rows = Sequence[Mapping[str, Any]]
IMPORTS: dict[str, SheetImport] = {}
# Imports made from other data when they are asked for: by the word before the colon of their names.
FAMILIES: dict[str, Callable[[str], SheetImport | None]] = {}


def named(name: str) -> SheetImport:
    """The import of this name. KeyError for one that is gone."""
    family, _, rest = name.partition(":")
    found = FAMILIES[family](rest) if family in FAMILIES else IMPORTS.get(name)
    if found is None:
        raise KeyError(name)
    return found


@dataclass(frozen=True, slots=True)
class SheetImport:
    """One import. name: its key; permission: who may.  fields: the columns.  once: fields whose values together occur once in a file.

    findings(actor, clean rows) says what else stands against each row, without changing anything.  accept(actor, clean rows) takes a
    block of some 500 and gives for each row (what it became, findings); a row with a blocking one is left out, the others go on.
    together: a field whose equal values make rows of one document: they stay in one block, and none is taken without the others.
    """

    name: str
    title: tuple[str, str]
    about: tuple[str, str]
    fields: tuple[Field, ...]
    permission: str
    findings: Callable[[Actor, Rows], list[list[Finding]]]
    accept: Callable[[Actor, Rows], list[tuple[str, list[Finding]]]]
    once: tuple[str, ...] = ()
    together: str = ""

    def __post_init__(self) -> None:
        IMPORTS[self.name] = self

    def screens(self, portal: str, path: str, features: tuple[str, ...]) -> tuple[Screen, ...]:
        """Its pages, for the card: the import, one file of it, the template."""
        common: dict[str, Any] = {"permission": self.permission, "features": features}
        return (
            Screen(f"{self.name}.import", *self.title, portal, path, self.page, **common),
            Screen(f"{self.name}.upload", *self.title, portal, f"{path}/<int:number>", self.one, **common),
            Screen(
                f"{self.name}.template",
                *self.title,
                portal,
                f"{path}/template.xlsx",
                self.template,
                page=False,
                **common,
            ),
        )

    def page(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        """The form and one's latest files; a POST checks a file and leads to its preview."""
        faults: list[Finding] = []
        if request.method == "POST" and "file" in request.FILES:
            sent: Any = request.FILES["file"]
            told = self.taken(actor, sent.read(), sent.name or "")
            if isinstance(told, Upload):
                return redirect(f"{request.path}/{told.pk}")
            faults = told
        uploads = Upload.objects.filter(owner=actor.name, kind=self.name).order_by("-pk")[:KEPT]
        context = {"what": self, "title": say(*self.title), "about": say(*self.about), "faults": shown(faults)}
        return render(request, "look/import.html", {**context, "uploads": uploads}, status=422 if faults else 200)

    def template(self, request: HttpRequest, actor: Actor) -> HttpResponse:
        """The workbook to fill in, with its lists."""
        body = workbooks.template(self.fields, say(*self.title), "en" if english() else "zh")
        answer = HttpResponse(body, content_type=XLSX)
        answer["Content-Disposition"] = f'attachment; filename="{self.name.replace(":", "-")}.xlsx"'
        return answer

    def one(self, request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
        """The preview of a file: its good and faulty rows; a POST takes the good ones, as a job."""
        upload = Upload.objects.filter(owner=actor.name, kind=self.name, pk=number).first()
        if upload is None:
            raise Http404
        if request.method == "POST":
            self._start(request, actor, upload)
            return redirect(request.path)
        job = self._job(actor, upload)
        preview = upload.preview
        used = [
            at for at in range(len(self.fields)) if any(row["texts"][at] for row in preview["bad"] + preview["good"])
        ]
        context = {
            "upload": upload, "title": say(*self.title), "back": request.path.rpartition("/")[0], "jobs": f"/{request.path.split('/')[1]}/jobs",
            "job": row_of(job) if job else None, "heads": [say(self.fields[at].title, self.fields[at].title_en) for at in used],
            "bad": [_row(one, used) for one in preview["bad"]], "good": [_row(one, used) for one in preview["good"]],
            "remarks": shown([Finding.load(one) for one in preview["remarks"]]),
        }  # fmt: skip
        return render(request, "look/import_file.html", context)

    def _job(self, actor: Actor, upload: Upload) -> Job | None:
        """The job that takes, or took, the file's rows; none where it failed or was cancelled, so that it can be asked for again."""
        job = asked.job(actor, upload.job) if upload.job else None
        return job if job is not None and job.state not in ("failed", "cancelled") else None

    def _start(self, request: HttpRequest, actor: Actor, upload: Upload) -> None:
        if self._job(actor, upload) is not None or not upload.good:
            return
        lang = "en" if english() else "zh"
        zh, en = (f"{title}：{upload.name}" for title in self.title)
        told = jobs.start(actor, "sheet.import", zh, en, {"upload": upload.pk, "lang": lang})
        for one in told.findings:
            notes.error(request, f"{one.message(lang)} {one.remedy(lang)}")
        if told.job:
            actions.begin(actor, upload, told.job.pk)

    def taken(self, actor: Actor, data: bytes, name: str) -> Upload | list[Finding]:
        """The file, checked and kept for its preview; the same content again gives the same row. The file's faults when unreadable."""
        known = Upload.objects.filter(owner=actor.name, kind=self.name, sha256=workbooks.fingerprint(data)).first()
        if known is not None and self._job(actor, known) is not None:
            return known
        sheet = workbooks.read(data, name, self.fields)
        if not sheet.sound:
            return sheet.findings
        checked = self.checked(actor, sheet)
        return actions.keep_upload(actor, self.name, data, name, self._preview(sheet, checked), (len(checked.good), len(checked.bad)))  # fmt: skip

    def checked(self, actor: Actor, sheet: workbooks.Sheet) -> workbooks.Checked:
        """Every row against the fields, then the sound ones against the import's own rules."""
        done = workbooks.check(self.fields, sheet.rows, civil_date(timezone.now()), sheet.numbers, self.once)
        texts = dict(zip(sheet.numbers, sheet.rows, strict=True))
        good: list[tuple[int, dict[str, Any]]] = []
        for block in blocks(done.good, self.together):
            told = self.findings(actor, [clean for _, clean in block])
            for (number, clean), faults in zip(block, told, strict=True):
                if any(one.blocks for one in faults):
                    done.bad.append((number, texts[number], [one for one in faults if one.blocks]))
                else:
                    good.append((number, clean))
        return self._whole(workbooks.Checked(good, done.bad), texts)

    def _whole(self, checked: workbooks.Checked, texts: Mapping[int, dict[str, str]]) -> workbooks.Checked:
        """Sound rows of a document with a faulty one are set aside as well, so that it is never taken in part."""
        key = self.together
        faulty = {row[key]: number for number, row, _ in checked.bad if row.get(key)} if key else {}
        kept = [(number, clean) for number, clean in checked.good if clean.get(key) not in faulty]
        aside = [
            (number, texts[number], [Finding("IMPORT-TOGETHER", line=number, field=key, value=str(clean[key])[:40], facts={"other": faulty[clean[key]]})])
            for number, clean in checked.good
            if clean.get(key) in faulty
        ]  # fmt: skip
        return workbooks.Checked(kept, sorted([*checked.bad, *aside], key=lambda one: one[0]))

    def _preview(self, sheet: workbooks.Sheet, checked: workbooks.Checked) -> dict[str, Any]:
        """What the preview shows: the first rows of either kind, and the file's remarks."""
        lang = "en" if english() else "zh"
        bad = [
            {"number": number, "texts": [_text(one, row.get(one.name, "")) for one in self.fields], "findings": [one.dump() for one in faults]}
            for number, row, faults in checked.bad[:SHOWN]
        ]  # fmt: skip
        good = [
            {"number": number, "texts": [one.shown(clean.get(one.name), lang) for one in self.fields]}
            for number, clean in checked.good[:KEPT]
        ]
        return {"bad": bad, "good": good, "remarks": [one.dump() for one in sheet.findings[:KEPT]]}

    def carried_out(
        self, actor: Actor, sheet: workbooks.Sheet, lang: str, told: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        """Take the good rows block by block; gives the result workbook. told(rows done, rows in all)."""
        checked, texts = self.checked(actor, sheet), dict(zip(sheet.numbers, sheet.rows, strict=True))
        taken: list[tuple[int, str]] = []
        told(0, len(checked.good))
        for block in blocks(checked.good, self.together):
            came = self.accept(actor, [clean for _, clean in block])
            for (number, _), (what, faults) in zip(block, came, strict=True):
                if any(one.blocks for one in faults):
                    checked.bad.append((number, texts[number], [one for one in faults if one.blocks]))
                else:
                    taken.append((number, what))
            told(len(taken), len(checked.good))
        checked.bad.sort(key=lambda one: one[0])
        yield workbooks.result(self.fields, checked, lang, taken)


def _text(field: Field, text: str) -> str:
    """A cell as sent; personal values masked, because previews are kept."""
    return field.shown(text) if field.klass == PERSONAL else text


def _row(one: dict[str, Any], used: list[int]) -> dict[str, Any]:
    """A row of the preview with the columns that are used at all."""
    findings = shown([Finding.load(told) for told in one.get("findings", [])])
    return {"number": one["number"], "texts": [one["texts"][at] for at in used], "findings": findings}


def blocks(
    rows: Sequence[tuple[int, dict[str, Any]]], together: str = ""
) -> Iterator[Sequence[tuple[int, dict[str, Any]]]]:
    """Some 500 rows at a time; rows with the same value of `together` in the same block."""
    if not together:
        for at in range(0, len(rows), BLOCK):
            yield rows[at : at + BLOCK]
        return
    groups: dict[Any, list[tuple[int, dict[str, Any]]]] = {}
    for number, row in rows:
        groups.setdefault(row.get(together) or ("", number), []).append((number, row))
    block: list[tuple[int, dict[str, Any]]] = []
    for group in groups.values():
        block += group
        if len(block) >= BLOCK:
            yield block
            block = []
    if block:
        yield block

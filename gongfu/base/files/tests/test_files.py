"""Documents are what their names say, kept enciphered, seen within reach, and never lost while something refers to them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import ProgrammingError, connection, transaction
from django.db.models import ProtectedError
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.access.actor import NOBODY, WORKER, Actor
from gongfu.base.access.roles import EVERYONE
from gongfu.base.audit.models import Entry
from gongfu.base.files import actions, rules, screens, store
from gongfu.base.files.models import File

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.django_db]
FIRM = Actor("person:1", "own", EVERYONE, ("nanchong",), ("91510600MA6DEM014K",))
OTHER = Actor("person:2", "own", EVERYONE, ("nanchong",), ("91510700MA6DEM014Q",))
OFFICER = Actor("person:3", "zone", EVERYONE, ("nanchong",))
ELSEWHERE = Actor("person:4", "zone", EVERYONE, ("meishan",))
PDF = b"%PDF-1.7\n" + b"secret words " * 100 + b"\n%%EOF\n"


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return rules.PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xe0" + struct.pack(">H", 4) + b"JF" + frame + b"\xff\xda\x00\x02\x00\xff\xd9"


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, body in parts.items():
            made.writestr(name.replace("__", "/").replace("_", "."), body)
    return out.getvalue()


OFD = packed(OFD_xml=b"<ofd/>")
XLSX = packed(**{"[Content_Types]_xml": b"<a/>", "xl__workbook_xml": b"<a/>"}).replace(
    b"[Content.Types]", b"[Content_Types]"
)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Any) -> None:
    settings.DATA = tmp_path


def kept(actor: Actor, data: bytes = PDF, name: str = "执照.pdf") -> File:
    file = actions.keep(actor, data, name)
    assert isinstance(file, File), file
    return file


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (PDF, "a.PDF", "pdf"),
        (OFD, "发票.ofd", "ofd"),
        (png(8, 5), "a.png", "png"),
        (jpeg(8, 5), "a.jpeg", "jpg"),
        (XLSX, "a.xlsx", "xlsx"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_the_five_kinds_are_known_by_content_and_name(data: bytes, name: str, kind: str) -> None:
    known, faults = rules.recognise(data, name)
    assert faults == [] and known is not None and known.kind == kind


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.pdf", "FILE-EMPTY"),
        (PDF + b"\0" * rules.LARGEST, "a.pdf", "FILE-SIZE"),
        (b"<script>", "a.html", "FILE-TYPE"),
        (PDF, "a.pdf.exe", "FILE-TYPE"),
        (PDF, "a.png", "FILE-NAME"),
        (b"MZ\x90\0", "a.pdf", "FILE-NAME"),
        (PDF[:200], "a.pdf", "FILE-BROKEN"),
        (png(8, 5)[:-8], "a.png", "FILE-BROKEN"),
        (png(8000, 5001), "a.png", "FILE-PIXELS"),
        (jpeg(8000, 5001), "a.jpg", "FILE-PIXELS"),
        (jpeg(0, 5), "a.jpg", "FILE-BROKEN"),
        (OFD[:40], "a.ofd", "IMPORT-BROKEN"),
        (packed(xl__vbaProject_bin=b"x"), "a.xlsx", "IMPORT-MACRO"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",
)
def test_others_are_refused_with_the_reason_and_nothing_is_kept(data: bytes, name: str, code: str) -> None:
    faults = actions.keep(FIRM, data, name)
    assert [one.code for one in faults] == [code]
    assert not File.objects.exists() and list(store.folder().rglob("*")) == []


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\报告 1.PDF", "报告_1.pdf"),
        ("<script>alert(1)</script>.pdf", "script.pdf"),
        ("invoice.php.pdf", "invoice_php.pdf"),
        ("con.pdf", "_con.pdf"),
        ("..pdf", "document.pdf"),
        ("a\u202efdp.exe.pdf", "afdp_exe.pdf"),
        ("x" * 300 + ".pdf", "x" * 94 + ".pdf"),
    ],
)
def test_names_that_are_paths_or_scripts_are_cleaned(name: str, clean: str) -> None:
    assert rules.clean_name(name) == clean


@given(st.text(max_size=200))
def test_no_name_stays_dangerous(name: str) -> None:
    clean = rules.clean_name(name)
    assert not rules.UNFIT.search(clean) and clean.count(".") == 1 and not clean.startswith(".") and len(clean) <= 100


@given(
    st.binary(max_size=300),
    st.sampled_from(["a.pdf", "a.png", "a.jpg", "a.ofd"]),
    st.sampled_from([rules.JPEG, rules.PNG, b"PK\x05\x06", b""]),
)
def test_whatever_comes_is_answered(data: bytes, name: str, start: bytes) -> None:
    known, faults = rules.recognise(start + data, name)
    assert known is not None or faults


def test_a_document_is_kept_once_enciphered_and_logged() -> None:
    file = kept(FIRM)
    assert kept(FIRM, name="other.pdf").pk == file.pk
    bodies = [path for path in store.folder().rglob("*") if path.is_file()]
    assert len(bodies) == 1 and b"secret" not in bodies[0].read_bytes()
    assert bodies[0].stat().st_mode & 0o077 == 0
    assert Entry.objects.filter(verb="files.keep", subject=f"file:{file.sha256}").count() == 2


def test_reach_decides_who_opens_it() -> None:
    file = kept(FIRM)
    for actor in (FIRM, OFFICER, WORKER):
        opened = actions.open_file(actor, file.sha256.lower())
        assert opened is not None and b"".join(opened.pieces) == PDF
    assert actions.open_file(OTHER, file.sha256) is None
    assert actions.open_file(ELSEWHERE, file.sha256) is None
    with pytest.raises(PermissionDenied):
        actions.open_file(NOBODY, file.sha256)
    assert kept(OTHER).pk != file.pk
    opened = actions.open_file(OTHER, file.sha256)
    assert opened is not None and opened.file.owner == OTHER.party_codes[0]


def test_what_the_platform_made_for_one_person_is_theirs_alone() -> None:
    file = actions.keep_made(WORKER, iter([b"a" * 700_000] * 4), "rows.zip", "zip", OFFICER.name)
    opened = actions.open_file(OFFICER, file.sha256)
    assert opened is not None and len(b"".join(opened.pieces)) == file.size == 2_800_000
    colleague = Actor("person:9", "zone", EVERYONE, ("nanchong",))
    assert actions.open_file(colleague, file.sha256) is None
    assert actions.open_file(FIRM, file.sha256) is None


def test_the_download_is_an_attachment_that_no_browser_guesses_at() -> None:
    file = kept(FIRM)
    answer = screens.download(RequestFactory().get("/"), FIRM, file.sha256)
    assert b"".join(answer) == PDF
    assert (
        answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
        and answer["X-Content-Type-Options"] == "nosniff"
    )
    assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]


def test_a_document_in_use_is_not_discarded() -> None:
    file = kept(FIRM)
    actions.hold(file, "credit.objection:1")
    assert [one.code for one in actions.discard(FIRM, file.sha256).findings] == ["FILE-USED"]
    with pytest.raises(ProtectedError), transaction.atomic():
        file.delete()
    actions.let_go(file, "credit.objection:1")
    assert [one.code for one in actions.discard(OTHER, file.sha256).findings] == ["FILE-NOT-FOUND"]


@pytest.mark.django_db(transaction=True)
def test_discarding_takes_row_and_body_away() -> None:
    file = kept(FIRM)
    assert actions.discard(FIRM, file.sha256).findings == []
    assert not File.objects.exists() and not [path for path in store.folder().rglob("*") if path.is_file()]


def test_the_database_keeps_content_and_owner_as_they_were() -> None:
    file = kept(FIRM)
    with pytest.raises(ProgrammingError, match="does not change"), connection.cursor() as cursor:
        cursor.execute("UPDATE files_file SET owner = 'x' WHERE id = %s", [file.pk])


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_a_changed_or_cut_body_is_noticed(at: int, by: int) -> None:
    body = store.write([b"x" * 100, b"y" * (store.PIECE + 5)])
    path = store.folder() / body.name[:2] / body.name
    whole = bytearray(path.read_bytes())
    whole[at % len(whole)] ^= by
    path.write_bytes(whole)
    with pytest.raises(store.Altered):
        list(store.read(body.name))
    first = 5 + int.from_bytes(path.read_bytes()[1:5], "big")
    path.write_bytes(path.read_bytes()[:first])
    with pytest.raises(store.Altered):
        list(store.read(body.name))


def test_uploads_stop_when_the_disk_is_nearly_full(monkeypatch: Any) -> None:
    monkeypatch.setattr(store, "FULL", 0.0)
    assert [one.code for one in actions.keep(FIRM, PDF, "a.pdf")] == ["FILE-ROOM"]

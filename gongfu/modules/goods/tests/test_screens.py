"""The form of a filing with its documents: kept, shown to the desk, held by the product; a bad one is told at its field."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gongfu.base.access.actor import of_person
from gongfu.base.access.models import Person
from gongfu.base.cases.models import Case
from gongfu.base.files import actions as files
from gongfu.base.files.models import File
from gongfu.modules.goods.models import Product
from gongfu.modules.goods.tests.test_filing import CODE, SOUND

pytestmark = [pytest.mark.feature("goods.filing"), pytest.mark.django_db]
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
FORM = "/enterprise/cases/new/goods.filing"


def client(role: str, code: str = "") -> Client:
    person = Person.objects.create(username=role, role=role, zone="nanchong", party_code=code)
    http = Client()
    http.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return http


@pytest.fixture
def firm(settings: Any, tmp_path: Any) -> Client:
    settings.DATA = tmp_path
    return client("firm.operator", CODE)


def paper(name: str = "证书.pdf", body: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


@pytest.mark.rule("R-706")
def test_a_certificate_goes_with_the_filing_and_is_held_by_the_product(firm: Client) -> None:
    answer = firm.post(FORM, {**SOUND, "submit": "1", "file-certificate": paper()})
    assert answer.status_code == 302
    product, file = Product.objects.get(), File.objects.get()
    assert (product.state, product.certificate) == ("reviewing", file.sha256)
    person = Person.objects.get(username="firm.operator")
    assert [one.code for one in files.discard(of_person(person), file.sha256).findings] == ["FILE-USED"]
    officer = client("officer.customs")
    page = officer.get(f"/bureau/cases/{product.case_id}").content.decode()
    place = f"/bureau/cases/{product.case_id}/files/{file.sha256}"
    assert place in page
    assert b"".join(officer.get(place).streaming_content) == PDF


def test_a_document_that_is_none_is_told_at_its_field_and_what_was_typed_stays(firm: Client) -> None:
    answer = firm.post(FORM, {**SOUND, "submit": "1", "file-photo": paper("a.png", b"not a picture")})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'id="e-photo"' in page and 'value="MILK-1"' in page
    assert Case.objects.get().state == "draft" and not File.objects.exists()


def test_a_draft_keeps_its_document_until_another_takes_its_place(firm: Client) -> None:
    firm.post(FORM, {**SOUND, "save": "1", "file-certificate": paper()})
    case = Case.objects.get()
    form = firm.get(f"/enterprise/cases/{case.pk}/edit").content.decode()
    first = case.facts["certificate"]
    assert f'name="certificate" value="{first}"' in form and 'enctype="multipart/form-data"' in form
    firm.post(f"/enterprise/cases/{case.pk}/edit", {**SOUND, "certificate": first, "name": "牛奶", "save": "1"})
    case.refresh_from_db()
    assert (case.facts["certificate"], case.facts["name"]) == (first, "牛奶")
    again = {**SOUND, "certificate": first, "save": "1", "file-certificate": paper(body=PDF + b"\n")}
    firm.post(f"/enterprise/cases/{case.pk}/edit", again)
    case.refresh_from_db()
    assert case.facts["certificate"] != first

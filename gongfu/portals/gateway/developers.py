"""Routes for developers: the register of standards with samples (open to all), conformance tests, webhooks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from ninja import Router

from gongfu.base.hooks import actions as hooks
from gongfu.base.hooks import queries as hook_log
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.ceb.schema import MessageTable
from gongfu.core.rule import Finding
from gongfu.portals.gateway import conformance, queries, samples, standards
from gongfu.portals.gateway.actions import keep_report
from gongfu.portals.gateway.problems import Problem, language
from gongfu.portals.gateway.requests import body_of, client_of, standard_of
from gongfu.portals.gateway.shapes import (
    FAULTS,
    CertifiedTold,
    DeliveryTold,
    Done,
    Hook,
    HookMade,
    HookWanted,
    Layout,
    Register,
    Report,
    Samples,
    VersionContents,
)

public = Router(auth=None, tags=["standards"])
router = Router(tags=["developers"])
TEST_TYPES = ("application/zip", "application/xml", "text/xml", "application/octet-stream", "application/gzip")
TEST_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/zip": {"schema": {"type": "string", "contentMediaType": "application/zip"}},
            "application/xml": {"schema": {"type": "string"}},
        },
    }
}


def file_of(kind: str, what: str) -> dict[str, Any]:
    """The description of a route that answers with a file."""
    return {"responses": {200: {"description": what, "content": {kind: {"schema": {"type": "string"}}}}}}


def unknown(value: str) -> Problem:
    return Problem(Finding("STATE-STANDARD-UNKNOWN", value=value[:60]))


def version_of(code: str, name: str) -> tuple[standards.Standard, standards.Version]:
    """Problem STATE-STANDARD-UNKNOWN when the register has no such version."""
    standard = standards.standards().get(code)
    version = standard.version(name) if standard else None
    if standard is None or version is None:
        raise unknown(f"{code}/{name}")
    return standard, version


def table_of(code: str, name: str, kind: str) -> MessageTable:
    standard, version = version_of(code, name)
    table = standards.types_of(version).get(kind) if standard.kind == "messages" else None
    if table is None:
        raise unknown(f"{code}/{name}/{kind}")
    return table


def register_told() -> dict[str, Any]:
    """The register as the interface and the page show it."""
    on = civil_date(clock.now())
    return {
        "standards": [
            {
                "code": one.code,
                "title": {"zh": one.title_zh, "en": one.title_en},
                "kind": one.kind,
                "versions": [standards.described(version, one, on) for version in one.versions],
            }
            for one in standards.standards().values()
        ],
        "code_lists": list(standards.code_lists()),
    }


@public.get("/standards", response={200: Register, **FAULTS}, summary="标准登记册 Register of standards")
def list_standards(request: HttpRequest) -> Any:
    """Every standard with its versions: current, deprecated until a date, ended."""
    return register_told()


@public.get(
    "/standards/code-lists/{name}", summary="代码表 A code list", openapi_extra=file_of("text/csv", "code, name")
)
def get_code_list(request: HttpRequest, name: str) -> HttpResponse:
    try:
        return HttpResponse(standards.code_list(name), content_type="text/csv; charset=utf-8")
    except KeyError:
        raise unknown(name) from None


@public.get(
    "/standards/{code}/{version}", response={200: VersionContents, **FAULTS}, summary="标准版本 A version's contents"
)
def get_version(request: HttpRequest, code: str, version: str) -> Any:
    """The message types of a version, with the addresses of schema and samples."""
    standard, found = version_of(code, version)
    types = standards.types_of(found) if standard.kind == "messages" else {}
    base = f"/gateway/v1/standards/{code}/{version}"
    told = [
        {"type": name, "title": table.title, "receipt": table.is_receipt, "layout": f"{base}/{name}", "samples": f"{base}/{name}/samples"}
        for name, table in types.items()
    ]  # fmt: skip
    return {**standards.described(found, standard, civil_date(clock.now())), "types": told}


@public.get(
    "/standards/{code}/{version}/{kind}", response={200: Layout, **FAULTS}, summary="报文字段 A message's fields"
)
def get_layout(request: HttpRequest, code: str, version: str, kind: str) -> Any:
    return standards.layout(table_of(code, version, kind))


@public.get(
    "/standards/{code}/{version}/{kind}/schema",
    summary="XML 模式 XML Schema",
    openapi_extra=file_of("application/xml", "XML Schema"),
)
def get_schema(request: HttpRequest, code: str, version: str, kind: str) -> HttpResponse:
    return HttpResponse(standards.xsd(table_of(code, version, kind)), content_type="application/xml")


@public.get(
    "/standards/{code}/{version}/{kind}/samples",
    response={200: Samples, **FAULTS},
    summary="样例清单 Published samples",
)
def list_samples(request: HttpRequest, code: str, version: str, kind: str) -> Any:
    """The sound and the bad samples, each with the finding it must get, and the addresses to fetch them."""
    table = table_of(code, version, kind)
    base = f"/gateway/v1/standards/{code}/{version}/{kind}/samples"
    told = [
        {"name": one.name, "expected": one.expected, "about_zh": one.about_zh, "about_en": one.about_en, "href": f"{base}/{one.name}"}
        for one in samples.samples(table.name)
    ]  # fmt: skip
    return {"type": table.name, "sender": samples.SAMPLE_CODE, "samples": told}


@public.get(
    "/standards/{code}/{version}/{kind}/samples/{name}",
    summary="下载样例 Fetch a sample",
    openapi_extra=file_of("application/xml", "The message as published; all.zip for all of them in a zip"),
)
def get_sample(request: HttpRequest, code: str, version: str, kind: str, name: str) -> HttpResponse:
    """One sample by name; `all.zip` gives all of them with expected.json and the sample certificate."""
    table = table_of(code, version, kind)
    if name == "all.zip":
        answer = HttpResponse(samples.archive(table.name), content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="{table.name[:6].lower()}-samples.zip"'
        return answer
    found = next((one for one in samples.samples(table.name) if one.name == name.removesuffix(".xml")), None)
    if found is None:
        raise unknown(f"{kind}/{name}")
    return HttpResponse(found.data, content_type="application/xml")


@router.post(
    "/conformance",
    response={200: Report, **FAULTS},
    summary="一致性测试 Conformance test",
    openapi_extra=TEST_BODY,
)
def test_conformance(request: HttpRequest, response: HttpResponse) -> Any:
    """One message, or many in a zip: judged by the real checks, not recorded, with a report.

    A type is certified for the client when all its published samples come out as documented in one test.
    """
    client = client_of(request, "conformance")
    kind = (request.content_type or "application/xml").lower()
    if kind not in TEST_TYPES:
        raise Problem(Finding("LIMIT-TYPE", value=kind[:60]))
    version = standard_of(request, response)
    data = body_of(request, conformance.PACKED_BYTES)
    files: Any = (
        conformance.unpack(data)
        if data[:2] == b"PK" or kind == "application/zip"
        else [conformance.File("message.xml", data)]
    )
    if isinstance(files, Finding):
        raise Problem(files)
    found = conformance.conform(files, zone=client.zone, party_code=client.party_code, standard=version, at=clock.now())
    run = keep_report(client.actor, found, zone=client.zone, party_code=client.party_code)
    return {**conformance.told(found, language(request)), "id": str(run.id), "certified": list(run.certified)}


@router.get("/conformance/{number}", response={200: Report, **FAULTS}, summary="查询报告 A report")
def get_report(request: HttpRequest, number: str) -> Any:
    """A report of the firm's; `number` with .html gives it as a page."""
    client = client_of(request, "conformance")
    digits = number.removesuffix(".html")
    run = queries.report(client.actor, int(digits)) if digits.isdecimal() and len(digits) < 19 else None
    if run is None:
        raise Problem(Finding("STATE-STANDARD-UNKNOWN", value=number[:40]))
    told = {**conformance.told(run.report, language(request)), "id": str(run.pk)}
    if number.endswith(".html"):
        return HttpResponse(
            render_to_string("gateway/report_plain.html", {"report": told, "english": language(request) == "en"})
        )
    return told


@router.get("/certified", response={200: list[CertifiedTold], **FAULTS}, summary="通过的版本 Certified versions")
def list_certified(request: HttpRequest) -> Any:
    return queries.certified(client_of(request, "conformance").actor)


@router.get("/webhooks", response={200: list[Hook], **FAULTS}, summary="通知地址 Webhook addresses")
def list_hooks(request: HttpRequest) -> Any:
    client = client_of(request, "webhooks")
    return hook_log.endpoints(client.actor, client.environment)


@router.post("/webhooks", response={201: HookMade, **FAULTS}, summary="登记通知地址 Register an address")
def make_hook(request: HttpRequest, wanted: HookWanted) -> Any:
    """An https address for `receipt.ready` and/or `message.decided`; the secret in the answer is shown this once."""
    client = client_of(request, "webhooks")
    made = hooks.register(
        client.actor,
        party_code=client.party_code,
        zone=client.zone,
        environment=client.environment,
        url=wanted.url,
        events=wanted.events,
    )
    return 201, {"id": done(made).uid, "secret": made.secret}


def done(change: hooks.Changed) -> hooks.Changed:
    """The change, or the Problem that says why there is none."""
    if change.finding:
        raise Problem(change.finding)
    return change


@router.post("/webhooks/{number}/rotate", response={200: HookMade, **FAULTS}, summary="更换密钥 Rotate the secret")
def rotate_hook(request: HttpRequest, number: str) -> Any:
    """A new secret; for 24 hours notices carry a signature of each."""
    client = client_of(request, "webhooks")
    changed = done(hooks.rotate(client.actor, number, environment=client.environment))
    return {"id": changed.uid, "secret": changed.secret}


@router.delete("/webhooks/{number}", response={200: Done, **FAULTS}, summary="撤销地址 Remove an address")
def remove_hook(request: HttpRequest, number: str) -> Any:
    client = client_of(request, "webhooks")
    return {"id": done(hooks.remove(client.actor, number, environment=client.environment)).uid}


@router.get("/deliveries", response={200: list[DeliveryTold], **FAULTS}, summary="通知记录 Delivery log")
def list_deliveries(request: HttpRequest, endpoint: str = "") -> Any:
    """The newest 200 notices with every try; `endpoint` narrows to one address."""
    client = client_of(request, "webhooks")
    return hook_log.deliveries(client.actor, endpoint[:60], environment=client.environment)


@router.post("/deliveries/{number}/resend", response={200: Done, **FAULTS}, summary="重发通知 Send a notice again")
def resend_delivery(request: HttpRequest, number: str) -> Any:
    """The same notice under the same id, with the whole row of retries before it."""
    client = client_of(request, "webhooks")
    return {"id": done(hooks.resend(client.actor, number, environment=client.environment)).uid}

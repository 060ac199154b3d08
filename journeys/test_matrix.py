"""Every route × method × role × {own, other tenant, other zone, none}: refused as quality §5 says, nothing told, nothing written.

The cells are made from the URL map and the cards; a new route is in the matrix as soon as it exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongfu.base.access.roles import roles
from gongfu.base.cards import Screen
from gongfu.base.kit.models import Reach
from gongfu.config.policy import Policy, Route, policies, routes
from gongfu.modules.drafts.sheet import SHEETS
from gongfu.portals.gateway.clients import MAY
from journeys.matrix import FIRMS, MARKS, World, build

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1402"), pytest.mark.django_db]
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
LABELS = (*FIRMS, "none")
OTHERS = ("PUT", "PATCH", "DELETE", "OPTIONS")
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b(?!.*\bdjango_session\b)", re.IGNORECASE)
# A page that may be seen: shown, led on from, or refused by a rule of its own (a service for others, a form with faults).
VISIBLE = (200, 302, 403, 405, 422)
# What a parameter of an address names, by the part before it.
KIND_OF = {
    "cases": "case", "lists": "list", "messages": "message", "parties": "party", "jobs": "job", "files": "file", "reports": "report",
    "agreements": "entry", "conformance": "report", "webhooks": "hook", "deliveries": "delivery", "feeds": "feed", "providers": "provider", "goods": "product", "import": "upload", "stock-in": "stock_upload",
    "parties.filing": "paper", "entrustments": "order", "returns": "return", "bills": "bill", "online-returns": "asked", "parties.confirm": "case_upload", "rows": "entry_upload",
    "whitelist": "standing", "reconciliation": "item", "forms": "form", "stock": "stock", "sales": "sales_upload",
    "drafts": "draft", "from-order": "made", **{one.name: one.name for one in SHEETS},
}  # fmt: skip
# Names that belong to nobody: services, registers, datasets, kinds of paper, numbers that name nothing.
COMMON = {
    "hall": "parties.filing", "new": "parties.filing", "registers": "agreements", "catalogue": "parties.register", "open": "parties.register",
    "papers": "parties.filing", "sheets": "parties.confirm", "check": "0" * 26,
}  # fmt: skip
# Rows that belong to a person, whatever the firm.
PERSONAL = (
    "job",
    "upload",
    "stock_upload",
    "case_upload",
    "entry_upload",
    "sales_upload",
    *(one.name for one in SHEETS),
)
# The permission that a page asks behind its own.
INNER = {"paper": "parties.read", "entry_upload": "agreements.decide", "case_upload": "parties.apply"}
# Rows that offices of every zone see, because they hold in every zone, and entries of public registers.
EVERYWHERE = ("bureau/parties", "bureau/goods", "bureau/whitelist", "/notices")
PUBLIC = ("/registers/", "/providers", "/papers/")


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Built once, committed (a transaction held open for so long would keep the sealers of other tests waiting), emptied at the end."""
    with django_db_blocker.unblock():
        try:
            with transaction.atomic():
                made = build()
            yield made
        finally:
            call_command("flush", verbosity=0, interactive=False)


def pages() -> list[tuple[Route, Screen]]:
    return [(one, screen) for one in routes() if (screen := policies()[one.path].screen) is not None]


def kinds_of(path: str) -> dict[int, str]:
    """place of a parameter → the kind of row it names. A kind that is not known fails: its rows belong into the world."""
    parts, found = path.split("/"), {}
    for place, part in enumerate(parts):
        before = (
            COMMON.get(parts[place - 2], parts[place - 1])
            if place > 1 and PARAMETER.fullmatch(parts[place - 1])
            else parts[place - 1]
        )
        if PARAMETER.fullmatch(part) and before not in COMMON:
            assert before in KIND_OF, f"{path}: rows of {before} are missing in journeys/matrix.py"
            kind = KIND_OF[before]
            inside_feeds = "feeds" in parts[:place] and kind in ("feed", "delivery")
            code = kind == "feed" and path.startswith("gateway/")
            found[place] = "feed_code" if code else f"feed_{kind}" if inside_feeds and kind == "delivery" else kind
    return found


def kind_of(path: str) -> str:
    """The kind of row that an address is about, "" for none: the last that it names."""
    return next(reversed(kinds_of(path).values()), "")


def address(path: str, keys: Mapping[str, Any]) -> str:
    """The route's address: names that belong to nobody, and the rows' own.  keys: by kind."""
    parts, kinds = path.split("/"), kinds_of(path)
    for place, part in enumerate(parts):
        if PARAMETER.fullmatch(part):
            parts[place] = str(keys[kinds[place]]) if place in kinds else COMMON[parts[place - 1]]
    return "/" + "/".join(parts)


def labelled(world: World, label: str, role: str = "") -> dict[str, Any]:
    """The rows of one label, by kind; some are each person's own."""
    keys = {kind: rows[label] for kind, rows in world.rows.items()}
    return {**keys, **{kind: world.rows[kind][role] for kind in PERSONAL}} if role and label == "own" else keys


def cells(path: str, world: World, role: str) -> list[tuple[str, str]]:
    """(label, address) of every object that the route can name; one cell without label where it names none."""
    labels = LABELS if kind_of(path) else ("",)
    return [(label, address(path, labelled(world, label or "own", role))) for label in labels]


def called(http: Client, method: str, url: str) -> tuple[HttpResponseBase, list[str]]:
    """The answer and the statements that wrote; everything is undone."""
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        answer = http.generic(method, url)
        transaction.set_rollback(True)
    return answer, [one["sql"][:120] for one in asked if WRITES.match(one["sql"])]


def text(answer: HttpResponseBase) -> str:
    return (
        b"".join(answer).decode("utf-8", "replace") if answer.streaming else answer.content.decode("utf-8", "replace")
    )  # type: ignore[attr-defined, arg-type]


def hidden_from(role: str, url: str) -> list[str]:
    """The marks that an answer to this role may not hold."""
    if any(part in url for part in PUBLIC):
        return []
    reach = roles()[role].reach if role else "none"
    if reach == "zone":
        return [] if any(part in url for part in EVERYWHERE) else [MARKS["zone"]]
    if reach == "own" and role != "consumer.person":
        return [MARKS["tenant"], MARKS["zone"]]
    return [] if reach == "province" else list(MARKS.values())


def seen(role: str, kind: str, label: str, url: str) -> bool:
    """Whether the row is within the role's reach."""
    reach = roles()[role].reach
    if label == "none":
        return False
    if kind in PERSONAL:
        return label == "own"
    if (
        kind in ("entry", "provider")
        or (kind in ("party", "paper", "product", "standing") and reach in ("zone", "province"))
        or reach == "province"
    ):
        return True
    if reach == "zone":
        return label in ("own", "tenant")
    return label == "own" and reach == "own" and role != "consumer.person"


def allowed(role: str, screen: Screen) -> bool:
    return not screen.permission or (roles()[role].portal == screen.portal and _may(role, screen.permission))


def _may(role: str, permission: str) -> bool:
    from gongfu.base.access.roles import EVERYONE

    return permission in roles()[role].may | EVERYONE


@pytest.mark.parametrize("role", roles())
def test_pages(world: World, role: str) -> None:
    """Every page for one role, by GET and POST, for every object."""
    http, wrong = Client(raise_request_exception=False), []
    http.force_login(world.people[role], backend="django.contrib.auth.backends.ModelBackend")
    for route, screen in pages():
        for label, url in (
            cells(route.path, world, role) if allowed(role, screen) else cells(route.path, world, role)[:1]
        ):
            for method in ("GET", "POST"):
                wrong += judged(http, role, route, screen, label, url, method)
    assert wrong == []


def judged(http: Client, role: str, route: Route, screen: Screen, label: str, url: str, method: str) -> list[str]:
    """What is wrong with one cell, in words."""
    answer, wrote = called(http, method, url)
    said = f"{role} {method} {url} ({label or 'no object'}): {answer.status_code}"
    kind = kind_of(route.path)
    if not allowed(role, screen) or kind in INNER and not _may(role, INNER[kind]):
        wrong = [] if answer.status_code == 403 else [f"{said}, not 403"]
    elif kind and not seen(role, kind, label, url):
        wrong = [] if answer.status_code == 404 else [f"{said}, not 404"]
    else:
        nothing_yet = answer.status_code == 404 and url.endswith("/file")
        wrong = [] if answer.status_code in VISIBLE or nothing_yet else [said]
        wrote = [] if method == "POST" or kind == "paper" else [one for one in wrote if "audit_entry" not in one]
    wrong += [f"{said}: wrote {one}" for one in wrote]
    body = text(answer)
    hidden = hidden_from(role, url) if screen.permission else []
    return wrong + [f"{said}: tells {mark}" for mark in hidden if mark in body and mark not in url]


def test_pages_without_a_session_lead_to_the_sign_in(world: World) -> None:
    http, wrong = Client(raise_request_exception=False), []
    for route, screen in pages():
        for method in ("GET", "POST"):
            url = cells(route.path, world, "firm.operator")[0][1]
            answer, wrote = called(http, method, url)
            to_door = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
            if screen.permission and (not to_door or wrote or any(mark in text(answer) for mark in MARKS.values())):
                wrong.append((method, url, answer.status_code, wrote))
            if not screen.permission and answer.status_code not in (*VISIBLE, 404):
                wrong.append((method, url, answer.status_code))
    assert wrong == []


def test_pages_know_three_methods(world: World) -> None:
    """Any other is refused before anything is looked at, whoever asks."""
    http = Client(raise_request_exception=False)
    http.force_login(world.people["officer.customs"], backend="django.contrib.auth.backends.ModelBackend")
    wrong = [
        (method, route.path)
        for route, _ in pages()
        for method in OTHERS
        if called(http, method, cells(route.path, world, "officer.customs")[0][1])[0].status_code != 405
    ]
    assert wrong == []


def machine_routes() -> list[tuple[Route, Policy]]:
    unique = {one.path: one for one in routes() if one.path.startswith("gateway/v1/")}
    return [(one, policies()[one.path]) for one in unique.values() if policies()[one.path].who == "scope"]


def machine_address(path: str, world: World, label: str) -> str:
    return address(path, labelled(world, label))


def test_machines_hold_scopes(world: World) -> None:
    """Without a token 401; without the scope 403; another firm's or zone's object, or none, 404: for each method of each endpoint."""
    http, wrong = Client(raise_request_exception=False), []
    for route, policy in machine_routes():
        for one in policy.endpoints:
            if not one.permission:
                continue
            for label in LABELS:
                wrong += machine_cells(http, world, route.path, one.method, one.permission, label)
    assert wrong == []


def machine_cells(http: Client, world: World, path: str, method: str, permission: str, label: str) -> list[str]:
    url, wrong = machine_address(path, world, label), []
    for scope in (*MAY, ""):
        headers = {"HTTP_AUTHORIZATION": f"Bearer {world.tokens[scope]}"} if scope else {}
        with transaction.atomic(), CaptureQueriesContext(connection) as asked:
            answer = http.generic(method, url, b"{}", content_type="application/json", **headers)
            transaction.set_rollback(True)
        wrote = [row["sql"][:100] for row in asked if WRITES.match(row["sql"])]
        held = permission in MAY.get(scope, ())
        want = (
            {401} if not scope else {403, 415, 422} if not held else {404} if "<" in path and label != "own" else set()
        )
        if (want and (answer.status_code not in want or wrote)) or answer.status_code >= 500:
            wrong.append(f"{scope or 'nobody'} {method} {url} ({label}): {answer.status_code} {wrote}")
        body = text(answer)
        wrong += [
            f"{scope} {method} {url}: tells {mark}"
            for mark in (MARKS["tenant"], MARKS["zone"])
            if mark in body and mark not in url
        ]
    return wrong


def test_libraries_routes_are_open_signed_in_or_closed(world: World) -> None:
    """allauth's routes, sign-in and language, the partners' exchange: as routes.toml says, for strangers and for every role."""
    wrong = []
    people: list[tuple[str, Client]] = [("", Client(raise_request_exception=False))]
    for role, person in world.people.items():
        http = Client(raise_request_exception=False)
        http.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        people.append((role, http))
    for route in routes():
        policy = policies()[route.path]
        if policy.screen or policy.endpoints:
            continue
        url = "/" + re.sub(r"\(\?P<\w+>.*?\)", "x", route.path).replace("$", "")
        for role, http in people:
            for method in ("GET", "POST"):
                answer, wrote = called(http, method, url)
                fits = {
                    "closed": answer.status_code == 404 and not wrote,
                    "partner": answer.status_code in (401, 405) and not wrote,
                    "signed_in": bool(role) or (answer.status_code in (302, 401, 403) and not wrote),
                    "everyone": answer.status_code < 500,
                }[policy.who]
                if not fits or answer.status_code >= 500 or any(mark in text(answer) for mark in MARKS.values()):
                    wrong.append((role or "nobody", method, url, answer.status_code, wrote))
    assert wrong == []


def test_the_matrix_sees_a_leak(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With managers that forget the reach, the same cells are wrong."""
    monkeypatch.setattr(Reach, "seen_by", lambda rows, actor: rows.all())
    http, role = Client(raise_request_exception=False), "firm.operator"
    http.force_login(world.people[role], backend="django.contrib.auth.backends.ModelBackend")
    told = {
        route.path: [
            one
            for label, url in cells(route.path, world, role)
            for one in judged(http, role, route, screen, label, url, "GET")
        ]
        for route, screen in pages()
        if allowed(role, screen) and kind_of(route.path) in ("", "list", "message", "party")
    }
    leaks = (
        "enterprise/lists",
        "enterprise/lists/<int:number>",
        "enterprise/messages",
        "enterprise/messages/<int:number>",
        "enterprise/parties/<int:number>",
    )
    assert [path for path in leaks if not told[path]] == []

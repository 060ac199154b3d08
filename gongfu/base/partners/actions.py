"""Publishing snapshots, taking over those of partners, and asking them for what is new."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import connection

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.partners import keys
from gongfu.base.partners.models import Partner, Snapshot, Taken

Apply = Callable[[Mapping[str, Any], str], str]
APPLIERS: dict[str, Apply] = {}
PAGE, MOST_BYTES, SECONDS = 500, 8 * 1024 * 1024, 10.0
PATH = "/exchange/v1/snapshots"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def applies(kind: str) -> Callable[[Apply], Apply]:
    """Register who takes over a kind of snapshot: (body, partner code) → outcome (applied, older, not-home, ours)."""

    def register(function: Apply) -> Apply:
        APPLIERS[kind] = function
        return function

    return register


def publish(kind: str, key: str, version: int, body: Mapping[str, Any], audience: str = "") -> None:
    """Sign one version of a record for all partners, or for the one named as its audience, in the transaction at hand; publishing it again changes nothing."""
    text = json.dumps(
        {**body, "kind": kind, "key": key, "version": version, "home": settings.SITE},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        default=str,
    )
    Snapshot.objects.get_or_create(
        kind=kind,
        key=key,
        version=version,
        defaults={"body": text, "signature": keys.sign(text.encode()), "audience": audience},
    )


HANDED_OUT = (
    "SELECT txid::text, id, kind, key, version, body, signature FROM partners_snapshot WHERE (txid, id) > (%s::xid8, %s) AND audience IN ('', %s) "
    "AND txid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY txid, id LIMIT %s"
)


def snapshots_after(cursor: str, partner: str, limit: int = PAGE) -> tuple[list[dict[str, Any]], str]:
    """(snapshots for a partner in order of commit after a cursor, the cursor to go on with). ValueError for a cursor that is not ours."""
    txid, _, number = (cursor or "0-0").partition("-")
    if not (txid.isdecimal() and number.isdecimal() and len(cursor) < 40):
        raise ValueError("not a cursor of this interface")
    with connection.cursor() as asked:
        asked.execute(HANDED_OUT, [txid, int(number), partner, limit])
        rows = asked.fetchall()
    told = [
        {"kind": kind, "key": key, "version": version, "body": body, "signature": signature}
        for _, _, kind, key, version, body, signature in rows
    ]
    return told, f"{rows[-1][0]}-{rows[-1][1]}" if rows else (cursor or "0-0")


@dataclass(frozen=True, slots=True)
class Known:
    partner: Partner

    def audit(self) -> dict[str, Any]:
        one = self.partner
        return {"subject": f"partner:{one.code}", "facts": {"url": one.url, "zones": one.zones, "until": one.until}}


@action("partners.manage", title="登记伙伴平台")
def add_partner(
    actor: Actor, code: str, *, title: str, url: str, public_key: str, zones: list[str], until: date
) -> Known:
    """Make a partner known, or bring it up to date. ValueError for an address that is neither https nor loopback, or a bad key."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("a partner's address begins with https:// (http:// is for this machine only)")
    if not keys.sound(public_key):
        raise ValueError("the public key is not 32 bytes in base64; the partner shows it with: gongfu partner key")
    told = {"title": title, "url": url.rstrip("/"), "public_key": public_key, "zones": zones, "until": until}
    partner, _ = Partner.objects.update_or_create(code=code, defaults=told)
    return Known(partner)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one page brought: how many snapshots by outcome, and whether there may be more."""

    partner: str
    outcomes: dict[str, int]
    more: bool

    def audit(self) -> dict[str, Any] | None:
        return {"subject": f"partner:{self.partner}", "facts": self.outcomes} if self.outcomes else None


@action("partners.pull", title="取回伙伴快照")
def take_over(actor: Actor, code: str, page: list[dict[str, Any]], cursor: str) -> Pulled:
    """Verify and apply one page and move the cursor, in one transaction: after a crash the page is simply asked for again."""
    partner = Partner.objects.select_for_update().get(code=code)
    outcomes: dict[str, int] = {}
    for one in page:
        outcome = _taken(partner, one)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    partner.cursor, partner.pulled_at, partner.error = cursor, clock.now(), ""
    partner.save(update_fields=["cursor", "pulled_at", "error"])
    return Pulled(code, outcomes, len(page) >= PAGE)


def _taken(partner: Partner, one: Mapping[str, Any]) -> str:
    """Keep one snapshot with what became of it; a bad signature or a kind we do not know is refused and kept."""
    body, signature = str(one.get("body", "")), str(one.get("signature", ""))
    named = (str(one.get("kind", ""))[:30], str(one.get("key", ""))[:40], int(one.get("version", 0)))
    known = Taken.objects.filter(partner=partner, kind=named[0], key=named[1], version=named[2]).first()
    if known is not None:
        return "again" if known.body == body else "conflict"
    outcome = _outcome(partner, named, body, signature)
    Taken.objects.create(
        partner=partner,
        kind=named[0],
        key=named[1],
        version=named[2],
        body=body,
        signature=signature[:100],
        outcome=outcome,
    )
    return outcome


def _outcome(partner: Partner, named: tuple[str, str, int], body: str, signature: str) -> str:
    if not keys.verified(body.encode(), signature, partner.public_key):
        return "bad-signature"
    told = json.loads(body)
    if (told.get("kind"), told.get("key"), told.get("version"), told.get("home")) != (*named, partner.code):
        return "bad-content"
    if told.get("zone") not in partner.zones:
        return "not-home"
    return APPLIERS[named[0]](told, partner.code) if named[0] in APPLIERS else "unknown-kind"


class _NoWayOn(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """A partner does not send us elsewhere."""
        return


def pull(partner: Partner) -> dict[str, int]:
    """Ask one partner until nothing is new; gives counts by outcome. A partner that does not answer is noted, and asked again later."""
    total: dict[str, int] = {}
    if partner.until < civil_date(clock.now()):
        Partner.objects.filter(pk=partner.pk).update(error="the agreement has ended")
        return total
    cursor, more = partner.cursor, True
    while more:
        try:
            told = _asked(partner, cursor)
        except (URLError, OSError, ValueError) as fault:
            Partner.objects.filter(pk=partner.pk).update(error=f"{type(fault).__name__}: {fault}"[:300])
            return total
        done = take_over(WORKER, partner.code, told["snapshots"], str(told["next"])[:60])
        total = {name: total.get(name, 0) + done.outcomes.get(name, 0) for name in {*total, *done.outcomes}}
        cursor, more = str(told["next"]), done.more
    return total


def _asked(partner: Partner, cursor: str) -> dict[str, Any]:
    """One page over HTTP. ValueError for an answer that is too big or not of this interface."""
    path, time = f"{PATH}?after={cursor or '0-0'}", str(int(clock.now().timestamp()))
    headers = {
        "X-Partner": settings.SITE,
        "X-Time": time,
        "X-Signature": keys.sign(keys.request_bytes("GET", path, time)),
    }
    with build_opener(_NoWayOn).open(Request(partner.url + path, headers=headers), timeout=SECONDS) as answer:  # noqa: S310  (https or loopback, checked when registered)
        data = answer.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError("the answer is too big")
    told = json.loads(data)
    if (
        not isinstance(told, dict)
        or not isinstance(told.get("snapshots"), list)
        or not isinstance(told.get("next"), str)
    ):
        raise ValueError("the answer is not of this interface")
    return told


def pull_all() -> int:
    """Ask every partner; gives how many snapshots were new."""
    return sum(
        sum(count for name, count in pull(one).items() if name != "again") for one in Partner.objects.order_by("pk")
    )

"""A change of mapping as a kind of case: checked when it is handed in, used when a second officer agrees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases.facts import clear
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.core.rule import Finding
from gongfu.modules.feeds import actions, flows, mappings, queries
from gongfu.modules.feeds.models import Feed


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The feed is one of the zone, and the mapping has no fault."""
    feed = _feed(case, facts)
    if feed is None:
        return [Finding("FEED-UNKNOWN", field="feed", value=str(facts["feed"]))]
    return mappings.read(facts["mapping"], queries.kind_of(feed).fields)[1]


def adopt(actor: Actor, case: Case) -> None:
    facts = clear(case.facts)
    feed = _feed(case, facts)
    if feed is not None:
        actions.adopt(actor, feed, text=facts["mapping"], rows_at=facts.get("rows_at", ""), case=case.pk)


def _feed(case: Case, facts: Mapping[str, Any]) -> Feed | None:
    found: Feed | None = Feed.objects.in_zone(case.zone).filter(code=facts["feed"]).first()
    return found


KIND = CaseKind(
    flows.MAPPING, "Change of a feed's mapping", "改变一项数据接入的列与字段的对应，由另一人复核后启用。",
    "Change how a feed's columns become fields; a second officer agrees before it is used.", flows.FIELDS, "feeds.propose", "YS", "feeds",
    ("数据接入", "Feeds"), events=("data",), words="映射 字段 mapping feed", check=check, effects={"approve": adopt},
    headline=lambda facts: f"接入映射变更 {facts.get('feed', '')}", features=("intake.feeds",),
)  # fmt: skip

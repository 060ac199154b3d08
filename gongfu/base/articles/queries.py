"""Articles read: by whom and on which day, by words, and what is to be looked at again."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from gongfu.base.access.actor import NOBODY, Actor
from gongfu.base.articles import rules
from gongfu.base.articles.kinds import KINDS
from gongfu.base.articles.models import Article, Version
from gongfu.base.kit.beijing import BEIJING

READERS = {"own": ("public", "firm"), "zone": rules.AUDIENCES, "platform": rules.AUDIENCES}


def readable(on: date, *, actor: Actor = NOBODY, zone: str = "", kind: str = "") -> QuerySet[Version]:
    """Published texts that hold on the day and that the actor may read, the newest first.

    Strangers read what is public, firms also what is for firms, officers everything; what is not public only within their
    own zones. zone: the one looked at, "" for the actor's own; texts for every zone are always among them.
    """
    rows = Version.objects.filter(Q(valid_to=None) | Q(valid_to__gte=on), state="published", valid_from__lte=on)
    own = Q() if actor.reach == "platform" else _for(actor.zones)
    inside = own & Q(audiences__overlap=list(READERS.get(actor.reach, ("public",))))
    rows = rows.filter(Q(audiences__contains=["public"]) | inside, _for((zone,)) if zone else own)
    rows = rows.filter(article__kind=kind) if kind else rows
    return rows.select_related("article").order_by("-valid_from", "-pk")


def _for(zones: tuple[str, ...]) -> Q:
    return Q(zones=[]) | Q(zones__overlap=list(zones))


def search(rows: QuerySet[Version], asked: str) -> QuerySet[Version]:
    """Those of the texts in which every word occurs, in either language, titles before bodies; all of them for no word."""
    hits: Any = Value(0)
    for word in rules.words(asked):
        title = Q(title_zh__icontains=word) | Q(title_en__icontains=word)
        rows = rows.filter(title | Q(body_zh__icontains=word) | Q(body_en__icontains=word))
        hits = hits + Case(When(title, then=1), default=0, output_field=IntegerField())
    return rows.annotate(hits=hits).order_by("-hits", "-valid_from", "-pk")


def find(kind: str, name: str, on: date, *, actor: Actor = NOBODY, zone: str = "") -> Version | None:
    """The text of one article that holds on the day, None when there is none or the actor may not read it."""
    return readable(on, actor=actor, zone=zone, kind=kind).filter(article__name=name).first()


def drafts(actor: Actor) -> QuerySet[Version]:
    """Drafts of the articles within the actor's reach that he has not written himself: what he may publish."""
    mine = Version.objects.filter(state="draft", article__in=Article.objects.seen_by(actor))
    return mine.exclude(editors__contains=[actor.name]).select_related("article").order_by("made_at", "pk")


def history(article: Article) -> QuerySet[Version]:
    """Its versions, the newest first."""
    return article.versions.order_by("-number")


def to_review(on: date) -> QuerySet[Version]:
    """Published texts whose kind asks for a new look on the day, the oldest first."""
    old = Q(pk__in=[])
    for kind in KINDS:
        if kind.review_days is not None:
            before = datetime.combine(on - timedelta(days=kind.review_days), time(), BEIJING)
            old |= Q(article__kind=kind.code, published_at__lt=before)
    rows = Version.objects.filter(old, Q(valid_to=None) | Q(valid_to__gte=on), state="published")
    return rows.select_related("article").order_by(F("published_at"), "pk")

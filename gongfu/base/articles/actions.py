"""Writing, revising, renewing; publishing by someone else; withdrawing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.articles import rules
from gongfu.base.articles.events import ArticlePublished, ArticleWithdrawn
from gongfu.base.articles.flows import STATES, VERSION
from gongfu.base.articles.kinds import KINDS
from gongfu.base.articles.models import Article, Version
from gongfu.base.articles.rules import Text
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk, clock
from gongfu.core.flow import StateConflict
from gongfu.core.rule import Finding
from gongfu.core.text import tidy
from gongfu.zones.plan import plans


@dataclass(slots=True)
class Done:
    """What became of a version: as it is now, or the findings that left it as it was."""

    version: Version | None = None
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any] | None:
        return None if self.findings or self.version is None else self.version.audit()


@action("articles.draft", title="起草文章")
def draft(actor: Actor, kind: str, name: str, text: Text, *, zone: str = "") -> Done:
    """Begin an article under a short name with its first draft.  zone: the desk that writes it, "" for the platform."""
    known = KINDS.get(kind)
    if known is None:
        return Done(findings=[KINDS.unknown(kind)])
    text = rules.neat(text, zone)
    findings = rules.draft_findings(known, text, zone, plans())
    if not (actor.reach == "platform" or (actor.reach == "zone" and zone in actor.zones)):
        findings.append(Finding("ARTICLE-AUDIENCE", field="zone", value=zone, facts={"known": "、".join(actor.zones)}))
    bulk.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"articles|{kind}|{name}"])
    if not rules.NAME.fullmatch(name) or Article.objects.filter(kind=kind, name=name).exists():
        findings.append(Finding("ARTICLE-NAME", field="name", value=name[:60]))
    if findings:
        return Done(findings=findings)
    return Done(_first(actor, Article.objects.create(kind=kind, name=name, zone=zone), text, 1))


@action("articles.renew", title="起草文章新版本")
def renew(actor: Actor, article: int, text: Text) -> Done:
    """Begin the next version of an article; there is one draft at a time."""
    row = _article(actor, article)
    if row is None:
        return _unknown(article)
    last = row.versions.order_by("-number").first()
    text, findings = _checked(row, text)
    if last is not None and row.versions.filter(state="draft").exists():
        findings.append(_conflict("draft", "renew"))
    if findings:
        return Done(findings=findings)
    return Done(_first(actor, row, text, last.number + 1 if last else 1))


@action("articles.revise", title="修改文章草稿")
def revise(actor: Actor, number: int, text: Text) -> Done:
    """Change a draft; whoever changed it cannot publish it."""
    version = _version(actor, number)
    if version is None:
        return _unknown(number)
    text, findings = _checked(version.article, text)
    findings += _refused(version, "revise")
    if findings:
        return Done(version, findings)
    for name, value in _columns(text).items():
        setattr(version, name, value)
    version.editors = sorted({*version.editors, actor.name})
    version.save()
    return Done(version)


@action("articles.publish", title="发布文章")
def publish(actor: Actor, number: int, *, fingerprint: str) -> Done:
    """Publish a draft written by others.  fingerprint: of the text that the approver has read (`rules.fingerprint`).

    A version published before, which would hold beyond this one's first day, ends on the day before it.
    """
    version = _version(actor, number)
    if version is None:
        return _unknown(number)
    text, kind = version.text(), KINDS.get(version.article.kind)
    findings = _refused(version, "publish")
    findings += rules.publish_findings(kind, text) if kind else [KINDS.unknown(version.article.kind)]
    if actor.name in version.editors:
        findings.append(Finding("ARTICLE-MAKER"))
    if fingerprint != rules.fingerprint(text):
        findings.append(Finding("ARTICLE-CHANGED", field="fingerprint"))
    findings += _overlaps(version)
    if findings:
        return Done(version, findings)
    for earlier in _holding(version):
        earlier.valid_to = version.valid_from - timedelta(days=1)
        earlier.save(update_fields=["valid_to"])
    version.state, version.approved_by, version.published_at = "published", actor.name, clock.now()
    version.save(update_fields=["state", "approved_by", "published_at"])
    announce(
        ArticlePublished(
            version.article_id,
            version.pk,
            version.article.kind,
            list(version.audiences),
            list(version.zones),
            version.push,
            version.valid_from.isoformat(),
        ),
        zone=version.article.zone,
    )
    return Done(version)


@action("articles.withdraw", title="撤回文章")
def withdraw(actor: Actor, number: int, *, reason: str) -> Done:
    """Withdraw a published version, or give up a draft, with the reason; it stays on record."""
    version, reason = _version(actor, number), tidy(reason)
    if version is None:
        return _unknown(number)
    findings = rules.reason_findings(reason) + _refused(version, "withdraw")
    if findings:
        return Done(version, findings)
    public = version.state == "published"
    version.state, version.withdrawn_by, version.reason = "withdrawn", actor.name, reason
    version.withdrawn_at = clock.now()
    version.save(update_fields=["state", "withdrawn_by", "reason", "withdrawn_at"])
    if public:
        event = ArticleWithdrawn(version.article_id, version.pk, version.article.kind)
        announce(event, zone=version.article.zone)
    return Done(version)


def _columns(text: Text) -> dict[str, Any]:
    return {**asdict(text), "audiences": list(text.audiences), "zones": list(text.zones)}


def _first(actor: Actor, article: Article, text: Text, number: int) -> Version:
    return Version.objects.create(article=article, number=number, editors=[actor.name], **_columns(text))


def _checked(article: Article, text: Text) -> tuple[Text, list[Finding]]:
    text, kind = rules.neat(text, article.zone), KINDS.get(article.kind)
    if kind is None:
        return text, [KINDS.unknown(article.kind)]
    return text, rules.draft_findings(kind, text, article.zone, plans())


def _article(actor: Actor, number: int) -> Article | None:
    row: Article | None = Article.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    return row


def _version(actor: Actor, number: int) -> Version | None:
    """The version, under the lock of its article: one change of an article at a time."""
    found = Version.objects.filter(pk=number).values_list("article", flat=True).first()
    if found is None or _article(actor, found) is None:
        return None
    return Version.objects.select_related("article").get(pk=number)


def _unknown(number: int) -> Done:
    return Done(findings=[Finding("ARTICLE-UNKNOWN", value=str(number)[:20])])


def _conflict(state: str, verb: str) -> Finding:
    return Finding("ARTICLE-STATE", field="state", value=verb, facts={"state": STATES[state][0]})


def _refused(version: Version, verb: str) -> list[Finding]:
    told = VERSION.take(version.state, verb)
    return [_conflict(version.state, verb)] if isinstance(told, StateConflict) else []


def _holding(version: Version) -> list[Version]:
    """Published versions that hold on this one's first day and began before it."""
    earlier = version.article.versions.filter(state="published", valid_from__lt=version.valid_from)
    return [one for one in earlier if one.valid_to is None or one.valid_to >= version.valid_from]


def _overlaps(version: Version) -> list[Finding]:
    later = version.article.versions.filter(state="published", valid_from__gte=version.valid_from)
    if version.valid_to is not None:
        later = later.filter(valid_from__lte=version.valid_to)
    return [
        Finding("ARTICLE-OVERLAP", field="valid_from", value=str(one.number)) for one in later.order_by("number")[:1]
    ]

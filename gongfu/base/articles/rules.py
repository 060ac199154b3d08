"""Which texts may be kept and published, by what words they are found, and the fingerprint an approver signs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from gongfu.base.articles.kinds import ArticleKind
from gongfu.core import chain
from gongfu.core.rule import Finding
from gongfu.core.text import hidden, tidy

AUDIENCES = ("public", "firm", "officer")
TITLE_LIMIT, SOURCE_LIMIT, BODY_LIMIT, REASON_LIMIT = 200, 200, 100_000, 500
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])")
BREAKS = re.compile(r"[\s,;，、；。]+")
WORDS, WORD_LIMIT = 8, 40
TEXTS = ("title_zh", "title_en", "source", "body_zh", "body_en")
LIMITS = dict(zip(TEXTS, (TITLE_LIMIT, TITLE_LIMIT, SOURCE_LIMIT, BODY_LIMIT, BODY_LIMIT), strict=True))


@dataclass(frozen=True, slots=True)
class Text:
    """What a version says, to whom and when.

    body_zh, body_en: Markdown.  audiences: of AUDIENCES.  zones: codes, none for every zone.  valid_from, valid_to: first and
    last day it holds, both inside; valid_to None for no end.  push: readers are told of it.  source: document it rests on.
    """

    title_zh: str
    title_en: str
    body_zh: str
    valid_from: date
    body_en: str = ""
    valid_to: date | None = None
    audiences: tuple[str, ...] = ("public",)
    zones: tuple[str, ...] = ()
    push: bool = False
    source: str = ""


def neat(text: Text, zone: str) -> Text:
    """The text in its one form: NFC, lists sorted and without repetition, an article of a zone for that zone."""
    known = tuple(one for one in AUDIENCES if one in text.audiences)
    tidied: dict[str, Any] = {name: tidy(getattr(text, name)) for name in TEXTS}
    return replace(
        text,
        audiences=known + tuple(sorted(set(text.audiences) - set(known))),
        zones=tuple(sorted(set(text.zones))) or ((zone,) if zone else ()),
        **tidied,
    )


def fingerprint(text: Text) -> str:
    """SHA-256 over everything a reader or an approver sees, hex."""
    return hashlib.sha256(chain.payload({name: str(value) for name, value in asdict(text).items()})).hexdigest()


def draft_findings(kind: ArticleKind, text: Text, zone: str, known_zones: Collection[str]) -> list[Finding]:
    """Faults that keep a text from being saved as a draft; it may still lack what publishing asks for."""
    found = [
        Finding("ARTICLE-TEXT", field=name, value=fault, facts={"limit": LIMITS[name]})
        for name in TEXTS
        if (fault := _fault(getattr(text, name), LIMITS[name], required=name == "title_zh"))
    ]
    if text.valid_to is not None and text.valid_to < text.valid_from:
        found.append(_period(kind, text))
    return [*found, *_audience(text, zone, known_zones)]


def publish_findings(kind: ArticleKind, text: Text) -> list[Finding]:
    """What a draft lacks before it can be published as an article of its kind."""
    needed = [name for name in ("title_zh", "title_en", "body_zh", "body_en") if kind.english or name != "body_en"]
    found = [
        Finding("ARTICLE-TEXT", field=name, value="0", facts={"limit": LIMITS[name]})
        for name in needed
        if not getattr(text, name)
    ]
    return [*found, _period(kind, text)] if kind.expires and text.valid_to is None else found


def reason_findings(reason: str) -> list[Finding]:
    """Faults of the reason for withdrawing."""
    fault = _fault(reason, REASON_LIMIT, required=True)
    return [Finding("ARTICLE-TEXT", field="reason", value=fault, facts={"limit": REASON_LIMIT})] if fault else []


def _fault(text: str, limit: int, *, required: bool) -> str:
    """The sign or the length that is wrong, "" when nothing is."""
    wrong = (required and not text) or len(text) > limit
    return hidden(text) or (str(len(text)) if wrong else "")


def _period(kind: ArticleKind, text: Text) -> Finding:
    shown = f"{text.valid_from} – {text.valid_to or '…'}"
    return Finding("ARTICLE-PERIOD", field="valid_to", value=shown, facts={"kind": kind.title})


def _audience(text: Text, zone: str, known_zones: Collection[str]) -> Iterator[Finding]:
    strange = [one for one in text.audiences if one not in AUDIENCES]
    if strange or not text.audiences:
        value = ", ".join(strange)[:60] or "—"
        yield Finding("ARTICLE-AUDIENCE", field="audiences", value=value, facts={"known": "、".join(AUDIENCES)})
    allowed = {zone} if zone else set(known_zones)
    if beyond := [one for one in text.zones if one not in allowed]:
        facts = {"known": "、".join(sorted(allowed))}
        yield Finding("ARTICLE-AUDIENCE", field="zones", value=", ".join(beyond)[:60], facts=facts)


def words(asked: str) -> tuple[str, ...]:
    """The words of a search, at most eight: parted at spaces and commas, in their order, none twice."""
    parts = [part[:WORD_LIMIT] for part in BREAKS.split(tidy(asked).casefold()) if part and not hidden(part)]
    return tuple(dict.fromkeys(parts))[:WORDS]

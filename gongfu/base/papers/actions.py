"""Issuing papers."""

from __future__ import annotations

import secrets

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.files.actions import hold, keep_made
from gongfu.base.papers.kinds import Content, PaperKind, kinds
from gongfu.base.papers.models import Paper
from gongfu.base.papers.sheet import certificate

PLATFORM = "platform"


def issue(actor: Actor, kind_code: str, key: str, *, lang: str, check_url: str) -> Paper | None:
    """The paper of a subject as it stands, made once a version and language; None when there is nothing to certify for this actor.

    check_url: address of the check page, to which the number is added.  KeyError for an unknown kind, PermissionDenied without its permission.
    """
    kind = kinds()[kind_code]
    actor.require(kind.permission)
    content = kind.content(actor, key)
    if content is None:
        return None
    made = Paper.objects.filter(kind=kind.code, key=key, version=content.version, lang=lang).first()
    return made or _make(actor, kind, key, content, lang, check_url)


@action("papers.issue", title="签发电子证照")
def _make(actor: Actor, kind: PaperKind, key: str, content: Content, lang: str, check_url: str) -> Paper:
    number = secrets.token_hex(13).upper()
    lines = (*content.lines, ("证照编号" if lang == "zh" else "Number", number))
    title = kind.title if lang == "zh" else kind.title_en
    data = certificate(title, lines, check_url + number, lang)
    file = keep_made(_platform(), [data], f"{title}-{key}.pdf", "pdf", PLATFORM)
    hold(file, f"papers.paper:{number}")
    return Paper.objects.create(
        number=number, kind=kind.code, key=key, version=content.version, lang=lang, zone=content.zone, party_code=content.party_code,
        lines=[list(one) for one in lines], sha256=file.sha256, file=file,
    )  # fmt: skip


def _platform() -> Actor:
    """The platform itself keeps what it has issued."""
    return Actor(PLATFORM, "none", frozenset({"files.make"}))

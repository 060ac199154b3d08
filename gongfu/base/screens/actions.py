"""Keeping and forgetting filters of one's own."""

from __future__ import annotations

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.screens.models import SavedFilter

MOST = 20


@action("screens.filter", title="保存常用条件")
def save_filter(actor: Actor, listing: str, title: str, query: str) -> SavedFilter | None:
    """Keep the query string under a title; a title of one's own again gets the new query. None beyond twenty filters of a list."""
    mine = SavedFilter.objects.filter(owner=actor.name, listing=listing)
    if mine.exclude(title=title).count() >= MOST:
        return None
    kept, _ = SavedFilter.objects.update_or_create(
        owner=actor.name, listing=listing, title=title[:40], defaults={"query": query[:1000]}
    )
    return kept


@action("screens.forget", title="删除常用条件")
def forget_filter(actor: Actor, listing: str, number: int) -> None:
    """Forget one's own filter; nothing happens when it is not there."""
    SavedFilter.objects.filter(owner=actor.name, listing=listing, pk=number).delete()

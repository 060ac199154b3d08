"""Telling and reading."""

from __future__ import annotations

from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.notices.models import Notice, Reading
from gongfu.base.notices.ways import put_on_ways


def tell(
    *, zone: str, title: str, title_en: str, place: str, party_code: str = "", permission: str = "", person: int = 0
) -> Notice:
    """Leave a notice for a firm (its party_code), for a desk (a permission in the zone) or for one person (its number); in the transaction at hand. It goes out on the ways of those whom it reaches too."""
    notice: Notice = Notice.objects.create(
        zone=zone, party_code=party_code, permission=permission, person=f"person:{person}" if person else "",
        title=title[:200], title_en=title_en[:200], place=place,
    )  # fmt: skip
    put_on_ways(notice)
    return notice


def tell_case(
    case: int,
    zone: str,
    firms: tuple[str, ...],
    about: tuple[str, str, str],
    desks: tuple[str, ...],
    said: tuple[str, str],
) -> None:
    """A case moved.  firms: codes of those who are told; desks: permissions for which it waits now; about: number, titles; said: its state."""
    number, title, title_en = about
    zh, en = f"{title} {number}：{said[0]}", f"{title_en} {number}: {said[1]}"
    for code in firms:
        tell(zone=zone, party_code=code, title=zh, title_en=en, place=f"cases/{case}")
    for permission in desks:
        tell(zone=zone, permission=permission, title=zh, title_en=en, place=f"cases/{case}")


def read_all(actor: Actor, person: Any) -> int:
    """Mark everything within reach as read by this person; gives how many were new."""
    fresh = unread(actor, person).values_list("pk", flat=True)[:1000]
    made = Reading.objects.bulk_create([Reading(notice_id=pk, person=person) for pk in fresh], ignore_conflicts=True)
    return len(made)


def unread(actor: Actor, person: Any) -> Any:
    """Notices within reach that this person has not read."""
    return Notice.objects.seen_by(actor).exclude(readings__person=person)

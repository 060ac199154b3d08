"""Kinds of feed as data: what a row holds, what names it, what must reconcile. A module brings its own on its card."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from gongfu.base.cards import cards
from gongfu.base.screens.words import say
from gongfu.core.fields import PERSONAL, Field


@dataclass(frozen=True)
class FeedKind:
    """One kind of row that is delivered.

    key: the fields that name one thing, once per feed; none of them personal.  sums: money fields that are added up as control totals.
    reconciled: a delivery is held unless its declared count and sums agree.  parcels: rows are parcels and are matched with 9610 lists,
    by `waybill_no`, by `ebp_code` with `order_no`, or by `consignee_address` with `weight_kg` and `posted_on` (R-906, R-910).
    subject: the field that names the firm a row is about.  ValueError where key or sums name no fit field.
    """

    code: str
    title_zh: str
    title_en: str
    about: str
    about_en: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    sums: tuple[str, ...] = ()
    reconciled: bool = False
    parcels: bool = False
    subject: str = ""
    rules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        fit = {one.name: one for one in self.fields if one.klass != PERSONAL}
        wrong = [name for name in self.key if name not in fit or not fit[name].needed]
        wrong += [name for name in self.sums if name not in fit or fit[name].kind != "money"]
        if wrong or not self.key:
            raise ValueError(f"{self.code}: {', '.join(wrong) or 'no key'}")

    @property
    def title(self) -> str:
        return say(self.title_zh, self.title_en)


def kinds() -> dict[str, FeedKind]:
    """Every kind of feed by its code, from the cards of all packages."""
    return {kind.code: kind for card in cards(settings.CARD_PACKAGES) for kind in card.feeds}

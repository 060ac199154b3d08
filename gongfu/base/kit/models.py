"""What every row has: a zone, and the one way to reach it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from django.db import models

if TYPE_CHECKING:
    from gongfu.base.access.actor import Actor

Row = TypeVar("Row", bound="ZoneModel")


class Reach(models.QuerySet[Row], Generic[Row]):
    """Rows by reach: people through `seen_by`, workers through `in_zone`; deny by default."""

    def in_zone(self, code: str) -> Reach[Row]:
        return self.filter(zone=code)

    def seen_by(self, actor: Actor) -> Reach[Row]:
        """Own rows for a firm, the zone's for an office, all for the platform; none without a reach."""
        if actor.reach == "platform":
            return self.all()
        if actor.reach == "zone":
            return self.filter(self.model.named_in(self.model.ZONES, actor.zones))
        if actor.reach == "own" and actor.party_codes:
            return self.filter(self.model.owned_by(actor.party_codes))
        return self.none()


def manager(rows: type[Reach[Any]]) -> Any:
    """The manager of these rows, untyped: the model plugin knows managers of abstract models by the abstract model alone."""
    return rows.as_manager()


class ZoneModel(models.Model):
    """A row of one pilot zone; `OWNERS` names the columns that hold the codes of the firms it belongs to, `ZONES` those
    that hold the zones whose offices see it."""

    OWNERS: tuple[str, ...] = ()
    ZONES: tuple[str, ...] = ("zone",)
    zone = models.CharField("综试区", max_length=20)

    objects: ClassVar[Any] = manager(Reach)

    class Meta:
        abstract = True

    @classmethod
    def owned_by(cls, codes: tuple[str, ...]) -> models.Q:
        return cls.named_in(cls.OWNERS, codes)

    @classmethod
    def named_in(cls, columns: tuple[str, ...], codes: tuple[str, ...]) -> models.Q:
        """Rows that have one of the codes in one of the columns; none without a column."""
        wanted = models.Q(pk__in=[])
        for column in columns:
            wanted |= models.Q(**{f"{column}__in": codes})
        return wanted

"""Product filings go to partner installations, and theirs come in (R-707)."""

from __future__ import annotations

from gongfu.base.events.bus import hears
from gongfu.modules.goods import sharing
from gongfu.modules.goods.events import ProductsChanged


@hears(ProductsChanged, lane="goods.publish")
def publish(events: list[ProductsChanged]) -> None:
    """Sign the newest version of each product that changed."""
    sharing.publish({number for one in events for number in one.products})

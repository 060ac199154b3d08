"""What follows the lists of an episode once customs has let them go: returns with their tallies, and the summaries of a month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from gongfu.peers import chain
from gongfu.peers.afterwards import RETURN_MODE, RETURN_OF, goods_return, tally
from gongfu.peers.day import signed
from gongfu.peers.firms import Keyring, firms
from gongfu.peers.orders import Unit
from gongfu.peers.scenarios import EXPORT, IMPORT, Delivery, Episode, purchases
from gongfu.zones.plan import Plan

TALLY, SUMMARY = "CEB215Message", "CEB701Message"
TALLIED_AFTER = timedelta(minutes=10)
# order number → official number of its list
Numbers = Mapping[str, str]


def goods_back(
    episode: Episode, plan: Plan, seed: int, keys: Keyring, released: Numbers, at: datetime
) -> list[Delivery]:
    """Returns (CEB625, CEB213) of the episode's share of these lists, handed in at that moment, every fifth a second time under a
    new guid; the tally (CEB215) of an export return comes ten minutes later."""
    rng, found = Random(f"back{episode.name}{plan.code}{seed}"), []
    mine = [unit for unit, _ in purchases(episode, plan, seed) if unit.mode in RETURN_MODE and released.get(unit.order_no)]
    for place, unit in enumerate(rng.sample(mine, int(len(mine) * episode.returned))):
        kind = EXPORT if unit.export else IMPORT
        head, lines = unit.heads[kind], unit.lines[kind]
        whole = {int(line["gnum"]): line["qty"] for line in lines}
        for _ in range(2 if place % 5 == 4 else 1):
            back = goods_return(kind, head, lines, whole, released[unit.order_no], at, rng)
            found.append(Delivery(at, unit.agent, signed(RETURN_OF[kind], unit.agent, [back], keys, rng)))
        if unit.export:
            site, then = firms(plan)["site"][0], at + TALLIED_AFTER
            sheet = tally(back, (site.code, site.name), then, rng)
            found.append(Delivery(then, site, signed(TALLY, site, [sheet], keys, rng)))
    return sorted(found, key=lambda one: one.at)


def summaries(
    episode: Episode, plan: Plan, seed: int, keys: Keyring, cleared: Numbers, at: datetime
) -> list[Delivery]:
    """Summary applications (CEB701) of these cleared lists, one for each seller and declarant, handed in at that moment (R-302)."""
    rng, found = Random(f"summed{episode.name}{plan.code}{seed}"), []
    groups: dict[tuple[str, str], list[Unit]] = {}
    for unit, _ in purchases(episode, plan, seed):
        if unit.export and cleared.get(unit.order_no):
            groups.setdefault((unit.seller.code, unit.agent.code), []).append(unit)
    for place, (_, rows) in enumerate(sorted(groups.items()), 1):
        agent, numbers = rows[0].agent, sorted(cleared[unit.order_no] for unit in rows)
        made = chain.summary(rows[0].heads[EXPORT], numbers, f"SUM{at:%Y%m}{place:03d}", at, rng)
        found.append(Delivery(at, agent, signed(SUMMARY, agent, [made], keys, rng)))
    return found


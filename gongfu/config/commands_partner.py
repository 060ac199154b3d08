"""`gongfu partner …`: other installations, whose filings hold here and ours there."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

Result = tuple[Any, str, int]


def key(told: argparse.Namespace) -> Result:
    """This installation's name and public key."""
    from django.conf import settings

    from gongfu.base.partners import keys

    result = {"site": settings.SITE, "public_key": keys.public_key()}
    return result, f"site {result['site']}\npublic_key {result['public_key']}", 0


def add(told: argparse.Namespace) -> Result:
    """Make a partner known; ValueError when its address, key or date is not sound."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.base.partners.actions import add_partner

    public = Path(told.key).read_text().strip() if Path(told.key).is_file() else told.key
    zones, until = told.zones.split(","), date.fromisoformat(told.until)
    done = add_partner(
        OPERATOR, told.code, title=told.title or told.code, url=told.url, public_key=public, zones=zones, until=until
    )
    return {"code": done.partner.code, "zones": done.partner.zones}, f"partner {done.partner.code} is known", 0


def pull(told: argparse.Namespace) -> Result:
    """Ask every partner now."""
    from gongfu.base.partners import actions
    from gongfu.base.partners.models import Partner

    result = []
    for partner in Partner.objects.order_by("pk"):
        outcomes = actions.pull(partner)
        partner.refresh_from_db()
        result.append({"partner": partner.code, "outcomes": outcomes, "error": partner.error})
    lines = [f"{one['partner']}: {one['outcomes'] or 'nothing new'} {one['error']}" for one in result]
    return result, "\n".join(lines) or "no partner", int(any(one["error"] for one in result))


def options(command: argparse.ArgumentParser) -> None:
    """What `gongfu partner add` takes."""
    command.add_argument("--code", required=True, help="its GONGFU_SITE")
    command.add_argument("--url", required=True)
    command.add_argument("--key", required=True, help="its public key, or a file that holds it")
    command.add_argument("--zones", required=True, help="zones it is home of, separated by commas")
    command.add_argument("--until", required=True, help="last day of the agreement, YYYY-MM-DD")
    command.add_argument("--title", default="")

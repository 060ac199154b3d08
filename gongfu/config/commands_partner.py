"""`gongfu partner …`: other installations, whose filings hold here and ours there."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

Add = Callable[..., argparse.ArgumentParser]
Show = Callable[[argparse.Namespace, Any, str], None]
Fail = Callable[[str], int]


def commands(group: Any, add: Add, show: Show, fail: Fail) -> None:
    """Add the three commands to their group."""

    def key(told: argparse.Namespace) -> int:
        from gongfu.config.runtime import ready

        with ready():
            from django.conf import settings

            from gongfu.base.partners import keys

            result = {"site": settings.SITE, "public_key": keys.public_key()}
        show(told, result, f"site {result['site']}\npublic_key {result['public_key']}")
        return 0

    def partner_add(told: argparse.Namespace) -> int:
        from gongfu.config.runtime import ready

        with ready():
            from gongfu.base.access.actor import OPERATOR
            from gongfu.base.partners.actions import add_partner

            public = Path(told.key).read_text().strip() if Path(told.key).is_file() else told.key
            try:
                done = add_partner(
                    OPERATOR,
                    told.code,
                    title=told.title or told.code,
                    url=told.url,
                    public_key=public,
                    zones=told.zones.split(","),
                    until=date.fromisoformat(told.until),
                )
            except ValueError as fault:
                return fail(str(fault))
        show(told, {"code": done.partner.code, "zones": done.partner.zones}, f"partner {done.partner.code} is known")
        return 0

    def pull(told: argparse.Namespace) -> int:
        from gongfu.config.runtime import ready

        with ready():
            from gongfu.base.partners import actions
            from gongfu.base.partners.models import Partner

            result = []
            for partner in Partner.objects.order_by("pk"):
                outcomes = actions.pull(partner)
                partner.refresh_from_db()
                result.append({"partner": partner.code, "outcomes": outcomes, "error": partner.error})
        show(
            told,
            result,
            "\n".join(f"{one['partner']}: {one['outcomes'] or 'nothing new'} {one['error']}" for one in result)
            or "no partner",
        )
        return 1 if any(one["error"] for one in result) else 0

    add(group, "key", key, "show this installation's name and public key, to give to a partner")
    one = add(group, "add", partner_add, "make a partner installation known, or bring it up to date")
    one.add_argument("--code", required=True, help="its GONGFU_SITE")
    one.add_argument("--url", required=True)
    one.add_argument("--key", required=True, help="its public key, or a file that holds it")
    one.add_argument("--zones", required=True, help="zones it is home of, separated by commas")
    one.add_argument("--until", required=True, help="last day of the agreement, YYYY-MM-DD")
    one.add_argument("--title", default="")
    add(group, "pull", pull, "ask every partner for new filings now (the running platform does so every 30 seconds)")

"""Every page that has an address of its own: WCAG 2.2 A and AA in both languages, widths and looks, at 360 to 1920 px, not one complaint in the console, and not a word of the frame left in Chinese on an English page."""

from __future__ import annotations

from typing import Any

import pytest

from gongfu.base.access.roles import roles
from gongfu.config.urls import screens
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints_everywhere, left_in_chinese, opened, settled, signed_in

pytestmark = pytest.mark.feature("cases.hall")


def tours() -> dict[str, list[str]]:
    """By role, the pages of its portal that need no number and that no role before it has shown; "" are the public ones."""
    plain = [one for one in screens if one.page and "<" not in one.path and one.portal != "desk"]
    found, shown = {"": [one.url for one in plain if one.portal == "public"]}, set[str]()
    for role in roles().values():
        own = [
            one.url
            for one in plain
            if one.portal == role.portal and one.permission in role.may and one.url not in shown
        ]
        shown |= set(own)
        if own:
            found[role.code] = own
    return found


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")
def test_every_page_is_accessible(live_server: Any, played: Plan, view: tuple[str, int, str]) -> None:
    errors: list[str] = []
    found: list[str] = []
    with chromium() as browser:
        for role, pages in tours().items():
            page = (
                signed_in(browser, live_server.url, role, errors, view)
                if role
                else opened(browser, live_server.url, errors, view)
            )
            for path in [*pages, "/accounts/login/"] if not role else pages:
                page.goto(f"{live_server.url}{path}")
                settled(page)
                found += complaints_everywhere(page) + left_in_chinese(page)
            page.context.close()
    assert not found, "\n".join(found)
    assert not errors, errors

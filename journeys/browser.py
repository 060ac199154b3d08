"""A real Chromium for the journeys: who signs in, at which width, in which language and light; and what axe has to say."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from gongfu.config.accounts import PASSWORD, demo_name

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's loop runs in the test's own thread
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WCAG = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
}
# What a width can change: how large a thing to press is, and whether what scrolls can be reached.
BY_WIDTH = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["target-size", "scrollable-region-focusable"]},
}
# A page that answers 403 or 422 is a page; the console calls that an error.
ANSWERED = re.compile(r"status of (403|422)")
# (language, width, look) of a walk: both languages, both widths, both looks.
VIEWS = (("zh-CN", 1440, "light"), ("en-US", 390, "dark"))


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "the page tests need Chromium (scripts/browser.sh installs it)"
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield opened
        opened.close()


def opened(browser: Browser, base: str, errors: list[str], view: tuple[str, int, str] = VIEWS[0]) -> Page:
    """A fresh page of a stranger; what the console complains of goes to `errors`."""
    lang, width, look = view
    context = browser.new_context(viewport={"width": width, "height": 900}, locale=lang)
    context.add_cookies([{"name": "look", "value": look, "url": base}])
    page = context.new_page()
    page.on(
        "console",
        lambda told: errors.append(told.text) if told.type == "error" and not ANSWERED.search(told.text) else None,
    )
    page.on("pageerror", lambda fault: errors.append(str(fault)))
    return page


def signed_in(
    browser: Browser, base: str, role: str, errors: list[str], view: tuple[str, int, str] = VIEWS[0], password: str = PASSWORD, name: str = ""
) -> Page:  # fmt: skip
    """The page of a demonstration account, or of the person named."""
    page = opened(browser, base, errors, view)
    page.goto(f"{base}/accounts/login/")
    page.fill("#id_login", name or demo_name(role))
    page.fill("#id_password", password)
    page.click("form[action*=login] button[type=submit]")
    page.wait_for_load_state()
    return page


# What an English page says itself in Chinese: words of its frame, never of the rows it shows; `lang` marks what is meant to be.
CHINESE = """() => { const han = /[\\u4e00-\\u9fff]/, found = [];
  const own = el => [...el.childNodes].filter(one => one.nodeType === 3).map(one => one.textContent).join('').trim();
  const meant = el => el.closest('[lang|=zh]');
  for (const el of document.querySelectorAll('th,label,legend,button,.btn,h2,h3,summary,nav a,nav b,.phead .sub,.tabs a,.hint,dt,.empty p,caption'))
    if (!meant(el) && han.test(own(el))) found.push(el.outerHTML.slice(0, 120));
  for (const el of document.querySelectorAll('[aria-label],[placeholder],[title]')) for (const name of ['aria-label', 'placeholder', 'title'])
    if (!meant(el) && han.test(el.getAttribute(name) || '')) found.push(el.outerHTML.slice(0, 120));
  return found; }"""
WIDE = "document.documentElement.scrollWidth > innerWidth + 1"
WIDTHS = (360, 768, 1024, 1920)
AXE = Axe()


def settled(page: Page) -> None:
    """Wait until a page that was opened has all its parts, those that htmx asks for on loading too."""
    page.wait_for_load_state("load")
    page.wait_for_selector(".htmx-request", state="detached")


def complaints(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, and whether the page scrolls sideways."""
    if page.locator("[data-failed]").count():
        return [f"{page.url} failed"]
    page.evaluate(AXE.axe_script)
    return _faults(page, WCAG)


def _faults(page: Page, asked: dict[str, Any]) -> list[str]:
    """What axe, which the page holds already, answers to `asked` at the width there is; and whether the page scrolls sideways."""
    page.evaluate("scrollTo(0, 0)")  # what has scrolled half under the header is no small target
    found: list[Any] = page.evaluate("asked => axe.run(asked)", asked)["violations"]
    told = [f"{page.url} {one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})" for one in found]
    return told + _sideways(page)


def _sideways(page: Page) -> list[str]:
    return [f"{page.url} scrolls sideways"] if page.evaluate(WIDE) else []


def left_in_chinese(page: Page) -> list[str]:
    """Words of the frame that an English page says in Chinese; nothing on a Chinese page."""
    if not page.evaluate("document.documentElement.lang.startsWith('en')"):
        return []
    return [f"{page.url} says in Chinese {one}" for one in page.evaluate(CHINESE)]


def complaints_everywhere(page: Page) -> list[str]:
    """The same for a page that was just opened, and what other widths bring about; the window is put back.

    The other width of a walk is asked for what a width can change, the rest only whether they hold the page.
    """
    size = page.viewport_size
    assert size
    told = complaints(page)
    for width in {*WIDTHS, *(width for _, width, _ in VIEWS)} - {size["width"]}:
        page.set_viewport_size({"width": width, "height": size["height"]})
        told += [f"{one} at {width}" for one in (_sideways(page) if width in WIDTHS else _faults(page, BY_WIDTH))]
    page.set_viewport_size(size)
    return told

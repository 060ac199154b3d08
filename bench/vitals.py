"""What a visitor on a slow phone or office computer feels: LCP, INP, CLS and bytes of pages, against the budgets of quality.md §10.

gongfu up          (in another window: a demonstration that has come to rest)
python -m bench.vitals [ADDRESS] [ROUNDS]

Headless Chromium, CPU four times slower, 1.6 Mbit/s with 150 ms, an empty cache for each load; p75 of the rounds.  INP: the longest of
the page's own interactions tried (opening the search box, typing into it, changing the look).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from gongfu.config.accounts import PASSWORD, demo_name
from journeys.browser import chromium

SLOWER, BITS_PER_S, DELAY_MS, KIB = 4, 1_600_000, 150, 1024
WATCH = """
window.seen = {lcp: 0, cls: 0, inp: 0};
new PerformanceObserver(all => { for (const one of all.getEntries()) seen.lcp = one.startTime }).observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(all => { for (const one of all.getEntries()) if (!one.hadRecentInput) seen.cls += one.value }).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(all => { for (const one of all.getEntries()) if (one.interactionId) seen.inp = Math.max(seen.inp, one.duration) }).observe({type: 'event', buffered: true, durationThreshold: 16});
"""


@dataclass(frozen=True, slots=True)
class Budget:
    """lcp_ms, inp_ms, cls, script and total KiB of one kind of page (quality.md §10)."""

    lcp_ms: int
    inp_ms: int
    cls: float
    script: int
    total: int


FIRST, LISTS, BOARD = Budget(1500, 150, 0.05, 60, 300), Budget(1800, 200, 0.05, 100, 350), Budget(2500, 200, 0.1, 250, 700)
# (role, path, width, its budget)
PAGES = (
    ("", "/", 390, FIRST), ("", "/accounts/login/", 390, FIRST), ("officer.customs", "/bureau/lists", 1440, LISTS),
    ("officer.customs", "/bureau/inbox", 1440, LISTS), ("officer.customs", "/bureau/parties", 1440, LISTS),
    ("firm.operator", "/enterprise/cases/new/parties.filing", 390, LISTS), ("firm.operator", "/enterprise/drafts", 390, LISTS),
    ("officer.customs", "/bureau/today", 1440, BOARD),
)  # fmt: skip


@dataclass(slots=True)
class Felt:
    lcp_ms: list[float] = field(default_factory=list)
    inp_ms: list[float] = field(default_factory=list)
    cls: list[float] = field(default_factory=list)
    script: float = 0
    total: float = 0


def p75(values: list[float]) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.75), len(ordered) - 1)]


def main(base: str, rounds: int) -> int:
    """Print one line a page; 1 when any is over its budget."""
    over = False
    print("| page | LCP ms | INP ms | CLS | script KiB | all KiB |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    with chromium() as browser:
        states = {role: _signed_in(browser, base, role) for role in {one[0] for one in PAGES}}
        for role, path, width, budget in PAGES:
            felt = Felt()
            for _ in range(rounds):
                _load(browser, f"{base}{path}", width, states[role], felt)
            told = (p75(felt.lcp_ms), p75(felt.inp_ms), p75(felt.cls), felt.script, felt.total)
            bars = (budget.lcp_ms, budget.inp_ms, budget.cls, budget.script, budget.total)
            over |= any(value > bar for value, bar in zip(told, bars, strict=True))
            cells = (f"{value:,.2f} ({bar})" if bar < 1 else f"{value:,.0f} ({bar})" for value, bar in zip(told, bars, strict=True))
            print(f"| {path} {width} | {' | '.join(cells)} |", flush=True)
    return 1 if over else 0


def _signed_in(browser: Browser, base: str, role: str) -> Any:
    """The cookies of a demonstration account; none for a stranger."""
    context = browser.new_context()
    if role:
        page = context.new_page()
        page.goto(f"{base}/accounts/login/")
        page.fill("#id_login", demo_name(role))
        page.fill("#id_password", PASSWORD)
        page.click("form[action*=login] button[type=submit]")
        page.wait_for_load_state()
    state = context.storage_state()
    context.close()
    return state


def _load(browser: Browser, address: str, width: int, state: Any, felt: Felt) -> None:
    """One load with an empty cache and the interactions; what was felt and sent goes to `felt`."""
    context = browser.new_context(viewport={"width": width, "height": 900}, storage_state=state, locale="zh-CN")
    page = context.new_page()
    page.add_init_script(WATCH)
    sizes = _slowed(context, page)
    page.goto(address, wait_until="load")
    page.wait_for_load_state("networkidle")
    seen = page.evaluate("seen")
    felt.lcp_ms.append(seen["lcp"])
    felt.cls.append(seen["cls"])
    felt.script, felt.total = sizes["script"] / KIB, sum(sizes.values()) / KIB
    _touch(page)
    felt.inp_ms.append(page.evaluate("new Promise(done => setTimeout(() => done(seen.inp), 300))"))
    context.close()


def _slowed(context: BrowserContext, page: Page) -> dict[str, int]:
    """Throttle the page; gives the bytes as sent by kind, which grow while it loads."""
    session, kinds, sizes = context.new_cdp_session(page), dict[str, str](), {"script": 0, "other": 0}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {"offline": False, "latency": DELAY_MS, "downloadThroughput": BITS_PER_S / 8, "uploadThroughput": BITS_PER_S / 8})  # fmt: skip
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))

    def finished(told: dict[str, Any]) -> None:
        kind = "script" if kinds.get(told["requestId"]) == "Script" else "other"
        sizes[kind] += int(told["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    return sizes


def _touch(page: Page) -> None:
    """The interactions whose answer a visitor waits for."""
    for box in page.locator("main input:visible:not([type=hidden]):not([type=checkbox]):not([type=file]), .omni input:visible").all()[:1]:
        box.click()
        page.keyboard.type("A1")
    for button in page.locator("[data-menu]:visible").all()[:1]:
        button.click()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000", int(sys.argv[2]) if len(sys.argv) > 2 else 5))

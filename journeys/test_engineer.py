"""An engineer, walked in a real browser: reads the register, makes a key, gets a first receipt with the client, has the samples tested, is certified."""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gongfu.config import demo
from gongfu.portals.gateway import samples
from gongfu.zones.plan import Plan
from journeys.browser import VIEWS, chromium, complaints, opened, signed_in
from journeys.test_developers import ROOT, TUTORIAL, code_of_the_tutorial

pytestmark = pytest.mark.feature("gateway.developers")
SHOTS = ROOT / "docs" / "pictures"


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view[0]}-{view[1]}-{view[2]}")
def test_from_the_register_to_the_first_receipt_and_a_passed_report(
    live_server: Any, zone: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], view: tuple[str, int, str]
) -> None:  # fmt: skip
    demo.accounts()
    errors: list[str] = []
    with chromium() as browser:
        reader = opened(browser, live_server.url, errors, view)
        reader.goto(f"{live_server.url}/developers/")
        found = complaints(reader)
        page = signed_in(browser, live_server.url, "firm.admin", errors, view)
        page.goto(f"{live_server.url}/enterprise/developer")
        page.fill("#k-title", "ERP")
        page.click("form:has(#k-title) button[type=submit]")
        page.wait_for_selector("[data-shown=client_secret]")
        found += complaints(page)
        _receipt(live_server.url, {name: page.inner_text(f"[data-shown={name}]") for name in ("client_id", "client_secret")}, monkeypatch)  # fmt: skip
        page.goto(f"{live_server.url}/enterprise/developer")
        page.set_input_files("#t-file", {"name": "samples.zip", "mimeType": "application/zip", "buffer": _samples()})
        page.click("form:has(#t-file) button[type=submit]")
        page.wait_for_url("**/developer/reports/*")
        assert "CEB311Message" in page.inner_text("main")
        found += complaints(page)
        if view == VIEWS[0] and not (SHOTS / "conformance-report.png").exists():
            page.screenshot(path=str(SHOTS / "conformance-report.png"))
        page.goto(f"{live_server.url}/enterprise/developer")
        assert "CEB311Message" in page.inner_text("main"), "the certified version is shown"
        found += complaints(page)
    told = capsys.readouterr().out
    assert "<ceb:returnStatus>2</ceb:returnStatus>" in told
    assert not found, "\n".join(found)
    assert not errors, errors


def _receipt(url: str, key: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the tutorial's own twenty lines with this key."""
    for name, value in (("URL", url), ("CLIENT_ID", key["client_id"]), ("CLIENT_SECRET", key["client_secret"])):
        monkeypatch.setenv(f"GONGFU_{name}", value)
    monkeypatch.syspath_prepend(str(Path(ROOT) / "clients" / "python"))
    exec(compile(code_of_the_tutorial(), str(TUTORIAL), "exec"), {})  # noqa: S102
    sys.modules.pop("gongfu_client")


def _samples() -> bytes:
    """The published samples of one kind of message, as they are downloaded."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for one in samples.samples("CEB311Message"):
            packed.writestr(f"ceb311-{one.name}.xml", one.data)
    return out.getvalue()

"""A newcomer: from registration to a first receipt and a passed conformance report, with the published samples only."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from gongfu.base.access.actions import add_client, add_person
from gongfu.base.access.actor import OPERATOR
from gongfu.base.access.models import MachineClient
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.clock import standing_at
from gongfu.core.ceb import sign
from gongfu.core.ceb.schema import tables
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.trade.models import Order
from gongfu.peers.firms import firms
from gongfu.portals.gateway import samples
from gongfu.portals.gateway.models import Certified, SandboxMessage
from gongfu.portals.gateway.standards import chosen, read, standards
from gongfu.zones.plan import Plan
from journeys.test_gateway import problem

pytestmark = pytest.mark.feature("gateway.developers")
ROOT = Path(__file__).resolve().parents[1]
TUTORIAL = ROOT / "docs" / "tutorial" / "connect-in-five-minutes.md"
CODE = re.compile(r"^ *```python\n(.*?)^ *```", re.S | re.M)
MOST_LINES = 20


class Newcomer:
    """A firm's administrator who makes a key on the page, and the system that uses it."""

    def __init__(self, zone: Plan, environment: str = "sandbox", kind: str = "platform") -> None:
        self.firm = firms(zone)[kind][0]
        person = {"role": "firm.admin", "title": "管理员", "zone": zone.code, "party_code": self.firm.code}
        add_person(OPERATOR, f"newcomer-{kind}", "a-long-password", **person)
        self.page = Client()
        assert self.page.login(username=f"newcomer-{kind}", password="a-long-password")
        told = self.do(
            do="key", environment=environment, title="ERP", scopes=["messages", "receipts", "webhooks", "conformance"]
        )
        self.client_id, self.secret = (
            re.search(rf'data-shown="{name}">([^<]+)<', told)[1] for name in ("client_id", "client_secret")
        )
        self.http = Client()

    def do(self, **form: Any) -> str:
        return self.page.post("/enterprise/developer", form, follow=True).content.decode()

    def token(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret}
        return json.loads(self.http.post("/gateway/v1/token", form).content).get("access_token", "")

    def ask(self, method: str, path: str, data: bytes = b"", kind: str = "application/xml", **headers: str) -> Any:
        if not hasattr(self, "bearer"):
            self.bearer = self.token()
        told = {"Authorization": f"Bearer {self.bearer}", **headers}
        return self.http.generic(method, f"/gateway/v1/{path}", data, content_type=kind, headers=told)


def code_of_the_tutorial() -> str:
    block = CODE.search(TUTORIAL.read_text("utf-8"))[1]
    return "\n".join(line.removeprefix("   ") for line in block.splitlines())


def test_the_tutorials_code_runs_from_key_to_first_receipt(
    live_server: Any, zone: Plan, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    newcomer = Newcomer(zone)
    for name, value in (
        ("URL", live_server.url),
        ("CLIENT_ID", newcomer.client_id),
        ("CLIENT_SECRET", newcomer.secret),
    ):
        monkeypatch.setenv(f"GONGFU_{name}", value)
    monkeypatch.syspath_prepend(str(ROOT / "clients" / "python"))
    code = code_of_the_tutorial()
    assert len([line for line in code.splitlines() if line.strip()]) <= MOST_LINES
    exec(compile(code, str(TUTORIAL), "exec"), {})  # noqa: S102
    told = capsys.readouterr().out
    assert "CEB312Message" in told
    assert "<ceb:returnStatus>2</ceb:returnStatus>" in told
    assert "passed ['CEB311Message']" in told
    for one in samples.samples("CEB311Message"):
        verdict = f"as_documented ['{one.expected}']" if one.expected else "passed []"
        assert f"ceb311-{one.name}.xml {verdict}" in told
    sys.modules.pop("gongfu_client")


def test_a_newcomer_passes_with_the_published_samples_only_and_each_bad_one_gets_its_finding(zone: Plan) -> None:
    newcomer = Newcomer(zone)
    listed = newcomer.ask("GET", "standards/ceb/202205").json()
    kinds = [one["type"] for one in listed["types"] if not one["receipt"]]
    assert len(listed["types"]) == 42
    for kind in kinds:
        told = newcomer.ask("GET", f"standards/ceb/202205/{kind}/samples").json()
        expected = {one["name"]: one["expected"] for one in told["samples"]}
        packed = newcomer.ask("GET", f"standards/ceb/202205/{kind}/samples/all.zip").content
        report = newcomer.ask("POST", "conformance", packed, "application/zip").json()
        assert (report["verdict"], report["certified"]) == ("passed", [kind])
        for row in report["files"]:
            seen = sorted({one["code"] for one in row["findings"] if one["blocks"]})
            assert seen == ([expected[row["sample"]]] if expected[row["sample"]] else []), (kind, row["sample"])
            assert all(one["remedy"] for one in row["findings"])
        assert {row["sample"] for row in report["files"]} == set(expected)
    rows = newcomer.ask("GET", "certified").json()
    assert {(row["standard"], row["version"], row["type"], row["own_signature"]) for row in rows} == {
        ("ceb", "202205", kind, False) for kind in kinds
    }
    assert {row["client"] for row in rows} == {f"client:{newcomer.client_id}"}
    assert (Message.objects.count(), Receipt.objects.count(), Order.objects.count()) == (0, 0, 0), "nothing is recorded"


def test_a_test_with_a_missing_sample_certifies_nothing_and_says_which(zone: Plan) -> None:
    newcomer = Newcomer(zone)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for one in samples.samples("CEB411Message")[:-1]:
            box.writestr(f"{one.name}.xml", one.data)
    report = newcomer.ask("POST", "conformance", out.getvalue(), "application/zip").json()
    assert (report["verdict"], report["certified"]) == ("passed", [])
    assert report["types"][0]["missing"] == [samples.samples("CEB411Message")[-1].name]
    assert not Certified.objects.exists()


def test_ones_own_message_is_judged_by_the_real_checks_with_page_and_html(zone: Plan, keys: Any) -> None:
    newcomer = Newcomer(zone)
    key, certificate, _ = keys.of(newcomer.firm)
    sample = samples.samples("CEB311Message")[0]
    unsigned = re.sub(rb"<ds:Signature.*</ds:Signature>", b"", sample.data)
    own = sign.sign(
        unsigned.replace(
            b"<ceb:copCode>" + samples.SAMPLE_CODE.encode(), b"<ceb:copCode>" + newcomer.firm.code.encode()
        ),
        key,
        certificate,
    )
    report = newcomer.ask("POST", "conformance", own).json()
    assert (report["verdict"], report["files"][0]["sample"], report["files"][0]["signed_with"]) == (
        "passed",
        "good-1",
        "own",
    )
    wrong = own.replace(b"<ceb:freight>", b"<ceb:freight>9", 1)
    report = newcomer.ask("POST", "conformance", wrong, **{"Accept-Language": "en"}).json()
    assert (report["verdict"], [one["code"] for one in report["files"][0]["findings"]]) == ("failed", ["SIGN-INVALID"])
    html = newcomer.ask("GET", f"conformance/{report['id']}.html").content.decode()
    assert "SIGN-INVALID" in html
    assert newcomer.ask("GET", f"conformance/{report['id']}").json()["verdict"] == "failed"
    page = newcomer.page.get(f"/enterprise/developer/reports/{report['id']}").content.decode()
    assert "SIGN-INVALID" in page
    newcomer.page.post("/enterprise/developer", {"do": "test", "file": io.BytesIO(own)})
    assert newcomer.page.get("/enterprise/developer").content.decode().count("/developer/reports/") == 3
    stranger = Newcomer(zone, kind="payment")
    problem(stranger.ask("GET", f"conformance/{report['id']}"), 404, "STATE-STANDARD-UNKNOWN")
    assert stranger.page.get(f"/enterprise/developer/reports/{report['id']}").status_code == 404


def test_the_sandbox_answers_like_the_live_interface_and_records_no_trade(zone: Plan) -> None:
    newcomer = Newcomer(zone)
    good, bad = (
        samples.samples("CEB621Message")[1],
        next(one for one in samples.samples("CEB621Message") if one.expected == "BIZ-LINE-TOTAL"),
    )
    told = newcomer.ask("POST", "messages", good.data)
    assert (told.status_code, set(told.json())) == (202, {"id", "sha256", "received_at"})
    assert newcomer.ask("POST", "messages", good.data).json() == told.json(), "the same bytes again: the same answer"
    problem(newcomer.ask("POST", "messages", good.data + b"\n"), 409, "REPLAY-OTHER-BYTES")
    problem(newcomer.ask("POST", "messages", b"<!DOCTYPE x><x/>"), 400, "XML-DOCTYPE")
    refused = newcomer.ask("POST", "messages", bad.data).json()
    state = newcomer.ask("GET", f"messages/{refused['id']}").json()
    assert (
        state["environment"],
        state["state"],
        [one["code"] for one in state["findings"] if one["code"] != "BIZ-POSITIVE-LIST"],
    ) == ("sandbox", "refused", ["BIZ-LINE-TOTAL"])
    page = newcomer.ask("GET", "receipts?page_size=1").json()
    assert (page["receipts"][0]["type"], page["receipts"][0]["message_id"]) == ("CEB622Message", told.json()["id"])
    rest = newcomer.ask("GET", f"receipts?after={page['next']}").json()
    assert [one["message_id"] for one in rest["receipts"]] == [refused["id"]]
    assert newcomer.ask("GET", f"receipts?after={rest['next']}").json() == {"receipts": [], "next": rest["next"]}
    assert (Message.objects.count(), Receipt.objects.count(), Order.objects.count()) == (0, 0, 0)
    stranger = Newcomer(zone, kind="payment")
    problem(stranger.ask("GET", f"messages/{refused['id']}"), 404, "STATE-NOT-FOUND")
    assert SandboxMessage.objects.filter(party_code=newcomer.firm.code).count() == 2


def test_the_sample_key_opens_nothing_in_earnest(zone: Plan, tmp_path: Path) -> None:
    from gongfu.config import exchange

    newcomer = Newcomer(zone, "live")
    taken = newcomer.ask("POST", "messages", samples.samples("CEB311Message")[0].data).json()
    exchange.settle(tmp_path)
    state = newcomer.ask("GET", f"messages/{taken['id']}").json()
    assert (state["environment"], state["state"], state["findings"][0]["code"]) == ("live", "refused", "SIGN-INVALID")


def test_an_old_version_keeps_working_until_its_announced_end(zone: Plan) -> None:
    newcomer = Newcomer(zone)
    newcomer.bearer = newcomer.token()
    sample, fresh = samples.samples("CEB411Message")[0].data, samples.samples("CEB213Message")[0].data
    old = standards()["ceb"].version("2018-113")
    assert old.ends_on
    header = {"Gongfu-Standard": "2018-113"}
    last = datetime.combine(old.ends_on, datetime.max.time(), BEIJING)
    after = datetime.combine(date.fromordinal(old.ends_on.toordinal() + 1), datetime.min.time(), BEIJING)
    with standing_at(last):
        told = newcomer.ask("POST", "messages", sample, **header)
        assert (told.status_code, told["Sunset"]) == (202, "Wed, 30 Jun 2027 16:00:00 GMT")
        assert told["Deprecation"].startswith("@")
        assert newcomer.ask("POST", "conformance", sample, **header).json()["version"] == "2018-113"
        problem(newcomer.ask("POST", "messages", fresh, **header), 422, "SCHEMA-MESSAGE")
        assert newcomer.ask("POST", "conformance", fresh, **header).json()["verdict"] == "failed"
        assert newcomer.ask("GET", "standards/ceb/2018-113").json()["status"] == "deprecated"
    with standing_at(after):
        ended = problem(newcomer.ask("POST", "messages", sample, **header), 410, "STATE-VERSION-ENDED")
        assert "202205" in ended["remedy"]
        problem(newcomer.ask("POST", "conformance", sample, **header), 410, "STATE-VERSION-ENDED")
        assert newcomer.ask("POST", "messages", sample, **{"Gongfu-Standard": "202205"}).status_code == 202
        assert newcomer.ask("GET", "standards/ceb/2018-113").json()["status"] == "ended"
    problem(newcomer.ask("POST", "messages", sample, **{"Gongfu-Standard": "1999"}), 422, "LIMIT-VERSION")


def test_an_end_without_six_months_notice_is_not_accepted_into_the_register() -> None:
    text = (ROOT / "gongfu" / "portals" / "gateway" / "standards.toml").read_text("utf-8")
    with pytest.raises(ValueError, match="six months"):
        read(text.replace("ends_on = 2027-06-30", "ends_on = 2027-04-30"))
    before = chosen("ceb/2018-113", date(2026, 1, 1), read(text))
    assert before.status(date(2026, 1, 1)) == "current", "nothing is deprecated before it is announced"


def test_a_firms_administrator_makes_and_revokes_keys_and_nobody_else_does(zone: Plan) -> None:
    newcomer = Newcomer(zone)
    row = MachineClient.objects.get(application__client_id=newcomer.client_id)
    assert (row.party_code, row.zone, row.environment) == (newcomer.firm.code, zone.code, "sandbox")
    assert row.application.client_secret != newcomer.secret, "kept hashed"
    assert newcomer.ask("GET", "certified").status_code == 200
    assert newcomer.secret not in newcomer.page.get("/enterprise/developer").content.decode()
    assert "note bad" in newcomer.do(do="key", environment="moon", scopes=["messages"])
    assert "note bad" in newcomer.do(do="key", environment="sandbox", scopes=["everything"])
    stranger = Newcomer(zone, kind="payment")
    stranger.do(do="revoke", id=newcomer.client_id)
    assert newcomer.ask("GET", "certified").status_code == 200, "another firm's key is out of reach"
    newcomer.do(do="revoke", id=newcomer.client_id)
    problem(newcomer.ask("GET", "certified"), 401, "AUTH-TOKEN")
    assert newcomer.token() == ""
    add_person(
        OPERATOR,
        "operator",
        "a-long-password",
        role="firm.operator",
        title="经办",
        zone=zone.code,
        party_code=newcomer.firm.code,
    )
    operator = Client()
    assert operator.login(username="operator", password="a-long-password")
    assert operator.get("/enterprise/developer").status_code == 403
    assert (
        operator.post("/enterprise/developer", {"do": "key", "environment": "live", "scopes": ["messages"]}).status_code
        == 403
    )


def test_a_key_does_what_its_scopes_say(zone: Plan) -> None:
    made = add_client(OPERATOR, firms(zone)["platform"][0].code, zone.code, scopes=("receipts",))
    http = Client()
    form = {"grant_type": "client_credentials", "client_id": made.client_id, "client_secret": made.client_secret}
    token = json.loads(http.post("/gateway/v1/token", form).content)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert http.get("/gateway/v1/receipts", headers=headers).status_code == 200
    for method, path in (
        ("POST", "messages"),
        ("POST", "conformance"),
        ("GET", "certified"),
        ("GET", "webhooks"),
        ("GET", "deliveries"),
    ):
        problem(
            http.generic(method, f"/gateway/v1/{path}", b"<x/>", content_type="application/xml", headers=headers),
            403,
            "PERM-SCOPE",
        )


def zip_of(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as box:
        for name, data in files.items():
            box.writestr(name, data)
    return out.getvalue()


def test_zips_beyond_the_limits_get_a_clear_problem(zone: Plan) -> None:
    newcomer = Newcomer(zone)
    for packed, status, code in (
        (b"PK\x03\x04broken", 400, "LIMIT-ZIP-READ"),
        (zip_of({"a.txt": b"no xml"}), 400, "LIMIT-ZIP-READ"),
        (zip_of({f"{number}.xml": b"<x/>" for number in range(301)}), 413, "LIMIT-ZIP"),
        (zip_of({"bomb.xml": b" " * 30_000_000}), 413, "LIMIT-ZIP"),
        (zip_of({"a.xml": b" " * 5_300_000}, zipfile.ZIP_STORED), 413, "LIMIT-BODY"),
        (zip_of({"a.xml": b"<x/>" * 50})[:-30], 400, "LIMIT-ZIP-READ"),
    ):
        problem(newcomer.ask("POST", "conformance", packed, "application/zip"), status, code)
    problem(newcomer.ask("POST", "conformance", b"{}", "application/json"), 415, "LIMIT-TYPE")
    report = newcomer.ask(
        "POST", "conformance", zip_of({"a.xml": b"", "b.xml": b"hello", "c.xml": b"<x/>"}), "application/zip"
    ).json()
    assert [[one["code"] for one in row["findings"]] for row in report["files"]] == [
        ["XML-EMPTY"],
        ["XML-NOT-XML"],
        ["SCHEMA-MESSAGE"],
    ]
    assert report["verdict"] == "failed"


def test_the_register_gives_fields_schema_code_lists_and_samples_to_everyone(zone: Plan) -> None:
    http = Client()
    page = http.get("/developers/").content.decode()
    assert all(f'id="{name}"' in page for name in tables())
    assert "2027-06-30" in page
    register = http.get("/gateway/v1/standards").json()
    assert [one["code"] for one in register["standards"]] == ["ceb", "gateway"]
    for name in register["code_lists"]:
        assert http.get(f"/gateway/v1/standards/code-lists/{name}").content.startswith(b"code,name\n")
    for name, table in tables().items():
        layout = http.get(f"/gateway/v1/standards/ceb/202205/{name}").json()
        assert [one["name"] for one in layout["head_fields"]] == [one.name for one in table.head_fields]
        assert b"<xs:schema" in http.get(f"/gateway/v1/standards/ceb/202205/{name}/schema").content
        for one in http.get(f"/gateway/v1/standards/ceb/202205/{name}/samples").json()["samples"][:1]:
            assert http.get(one["href"]).content == samples.samples(name)[0].data
    for path in (
        "code-lists/none",
        "none/1",
        "ceb/1",
        "ceb/202205/none",
        "ceb/2018-113/CEB213Message",
        "gateway/1/CEB311Message",
        "ceb/202205/CEB311Message/samples/none",
    ):
        problem(http.get(f"/gateway/v1/standards/{path}"), 404, "STATE-STANDARD-UNKNOWN")

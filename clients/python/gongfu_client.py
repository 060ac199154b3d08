"""A thin client of the Gongfu gateway: token, messages, receipts, conformance, webhooks. Standard library only.

    from gongfu_client import Gongfu
    gongfu = Gongfu("https://gongfu.example", client_id, client_secret)
    taken = gongfu.send(xml_bytes)
    for receipt in gongfu.receipts(): print(receipt["xml"])

A refusal is a `GongfuError` with the problem's code, detail and remedy. 429 and 503 are asked again as Retry-After says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from typing import Any

TOLERANCE_SECONDS, TRIES = 300, 4
EVENTS = ("receipt.ready", "message.decided")


class GongfuError(Exception):
    """The gateway said no. `code` is stable; `remedy` says what to do."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.code, self.remedy = problem.get("code", ""), problem.get("remedy", "")
        super().__init__(f"{status} {self.code}: {problem.get('detail', '')} {self.remedy}".strip())


class Refused(Exception):
    """A webhook that must not be believed: not signed by us, too old, or come before."""


class Gongfu:
    """One key of one firm. `standard` names a version of the customs messages, such as 202205 (default: the current)."""

    def __init__(self, base: str, client_id: str, client_secret: str, *, standard: str = "") -> None:
        if not base.startswith(("https://", "http://")):
            raise ValueError("the address begins with https://")
        self.base, self.standard, self._wait = base.rstrip("/") + "/gateway/v1", standard, threading.Event().wait
        self._credentials = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._token, self._until = "", 0.0

    def send(self, xml: bytes) -> dict[str, Any]:
        """Hand in a message; {id, sha256, received_at}. The same bytes again are safe and get the same answer."""
        return self._json("POST", "/messages", xml, "application/xml")

    def message(self, number: str) -> dict[str, Any]:
        """State, findings and receipts of a message."""
        return self._json("GET", f"/messages/{urllib.parse.quote(number)}")

    def receipts(self, after: str = "0-0") -> Iterator[dict[str, Any]]:
        """Receipt messages {cursor, message_id, type, guid, xml} after a cursor, in order, until there are no more for now."""
        while True:
            page = self._json("GET", f"/receipts?after={urllib.parse.quote(after)}")
            yield from page["receipts"]
            if not page["receipts"]:
                return
            after = page["next"]

    def samples(self, kind: str, version: str = "202205") -> bytes:
        """The published samples of a message type, as a zip."""
        return self._call("GET", f"/standards/ceb/{version}/{kind}/samples/all.zip")

    def sample(self, kind: str, name: str = "good-1", version: str = "202205") -> bytes:
        """One published sample."""
        return self._call("GET", f"/standards/ceb/{version}/{kind}/samples/{name}")

    def conform(self, data: bytes) -> dict[str, Any]:
        """Test a message or a zip of messages; the report."""
        return self._json("POST", "/conformance", data, "application/zip" if data[:2] == b"PK" else "application/xml")

    def webhook(self, url: str, events: Collection[str] = EVENTS) -> dict[str, Any]:
        """Register an https address; {id, secret}. Keep the secret: it is shown once."""
        wanted = json.dumps({"url": url, "events": list(events)}).encode()
        return self._json("POST", "/webhooks", wanted, "application/json")

    def deliveries(self) -> list[dict[str, Any]]:
        """The log of webhooks sent to this firm."""
        return self._json("GET", "/deliveries")

    def resend(self, number: str) -> dict[str, Any]:
        """Have a webhook sent again, under its own id."""
        return self._json("POST", f"/deliveries/{urllib.parse.quote(number)}/resend", b"", "application/json")

    def _json(self, *asked: Any) -> Any:
        return json.loads(self._call(*asked))

    def _call(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> bytes:
        for left in range(TRIES - 1, -1, -1):
            headers = {"Authorization": f"Bearer {self._bearer()}", **({"Content-Type": kind} if kind else {})}
            if self.standard:
                headers["Gongfu-Standard"] = self.standard
            try:
                return self._open(path, body, headers, method)
            except urllib.error.HTTPError as fault:
                if fault.code not in (429, 503) or not left:
                    raise GongfuError(fault.code, _problem(fault)) from None
                self._wait(float(fault.headers.get("Retry-After") or 1))
        raise AssertionError("unreachable")

    def _bearer(self) -> str:
        if time.monotonic() >= self._until:
            form = urllib.parse.urlencode(self._credentials).encode()
            try:
                told = json.loads(self._open("/token", form, {}, "POST"))
            except urllib.error.HTTPError as fault:
                raise GongfuError(fault.code, {"code": "AUTH-CLIENT", **_problem(fault)}) from None
            self._token, self._until = told["access_token"], time.monotonic() + told["expires_in"] - 30
        return self._token

    def _open(self, path: str, body: bytes | None, headers: dict[str, str], method: str) -> bytes:
        asked = urllib.request.Request(self.base + path, body, headers, method=method)  # noqa: S310  (http or https)
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
            return answer.read()


def _problem(fault: urllib.error.HTTPError) -> dict[str, Any]:
    try:
        return json.loads(fault.read())
    except ValueError:
        return {}


def verify(secret: str, headers: Mapping[str, str], body: bytes, seen: Collection[str] = (), now: float = 0.0) -> Any:
    """The event of a webhook, when it is ours, at most five minutes old, and its id not among those `seen`; else Refused.

    Add the webhook-id to `seen` once you have done your part, and answer 2xx to a repeated one: it has arrived before.
    """
    told = {name.lower(): value for name, value in headers.items()}
    number, stamp = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    age = abs((now or time.time()) - int(stamp)) if stamp.isdecimal() else TOLERANCE_SECONDS + 1
    if not number or age > TOLERANCE_SECONDS:
        raise Refused("too old, from the future, or without id and timestamp")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    good = base64.b64encode(hmac.new(key, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    given = [one.removeprefix("v1,") for one in told.get("webhook-signature", "").split() if one.startswith("v1,")]
    if not any(hmac.compare_digest(good.encode(), one.encode()) for one in given):
        raise Refused("the signature does not fit")
    if number in seen:
        raise Refused("replayed: this id has come before")
    return json.loads(body)

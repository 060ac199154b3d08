"""One HTTP request to a firm's address: resolved and checked now, pinned to that address, no redirects, ten seconds."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from gongfu.base.hooks.rules import ANSWER_BYTES, SEND_SECONDS, Target, allowed, target_of
from gongfu.core.rule import Finding


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: an HTTP status, or why there is none.  millis: how long it took."""

    status: int | None
    error: str = ""
    millis: int = 0

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def addresses_of(host: str, port: int) -> list[str]:
    """All addresses of a host now; empty when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def locate(url: str, *, loopback: bool) -> tuple[Target, str] | Finding:
    """The target and the address to connect to, or the finding that says why we do not send there."""
    target = target_of(url, loopback=loopback)
    if isinstance(target, Finding):
        return target
    address = allowed(target, addresses_of(target.host, target.port), loopback=loopback)
    if not address:
        return Finding("LIMIT-HOOK-ADDRESS", field="url", value=target.host[:80])
    return target, address


class _Pinned(http.client.HTTPConnection):
    """A connection to one checked address, whatever the name may resolve to by then; TLS asks for the name."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=SEND_SECONDS)
        self.target, self.address = target, address

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.target.port), timeout=SEND_SECONDS)
        if self.target.scheme == "https":
            context = ssl.create_default_context()
            # the handshake after the assignment, so that it can be cut as well
            self.sock = context.wrap_socket(self.sock, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def cut(self) -> None:
        """End it from outside: a peer that answers drop by drop is not waited for."""
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def post(url: str, body: bytes, headers: Mapping[str, str], *, loopback: bool) -> Answer:
    """Send once. Never raises: what goes wrong is the answer's `error`."""
    began = monotonic()
    placed = locate(url, loopback=loopback)
    if isinstance(placed, Finding):
        return Answer(None, placed.code)
    connection = _Pinned(*placed)
    guard = threading.Timer(SEND_SECONDS, connection.cut)
    guard.daemon = True
    guard.start()
    try:
        connection.request("POST", placed[0].path, body, dict(headers))
        response = connection.getresponse()
        response.read(ANSWER_BYTES)
        status, error = response.status, "redirect" if 300 <= response.status < 400 else ""
    except (OSError, http.client.HTTPException, ValueError) as fault:
        status, error = None, type(fault).__name__
    finally:
        guard.cancel()
        connection.close()
    return Answer(status, error, int((monotonic() - began) * 1000))

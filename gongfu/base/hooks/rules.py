"""What a webhook is, without a database: its signature (Standard Webhooks), its pauses, and where it may go."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from gongfu.core.rule import Finding

EVENTS = {
    "receipt.ready": ("回执可领", "Receipts are ready"),
    "message.decided": ("报文处理完", "A message was decided"),
}
# After the first try eight more, with growing pauses that add up to a day.
PAUSES_SECONDS = (30, 300, 1800, 3600, 7200, 14400, 21600, 37470)
SEND_SECONDS = 10
ANSWER_BYTES = 64 * 1024
URL_CHARS = 500
SECRET_BYTES = 32
PREFIX = "whsec_"
LOWEST_PORT = 1024
# Besides what Python calls not global: addresses that carry another one inside, and old site-local ones.
CLOSED = tuple(
    ipaddress.ip_network(one)
    for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "192.88.99.0/24")
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes: scheme, host, port and path with query."""

    scheme: str
    host: str
    port: int
    path: str


def secret_text(key: bytes) -> str:
    """A key as its owner gets to see it: whsec_ and base64."""
    return PREFIX + base64.b64encode(key).decode()


def sign(secrets: Iterable[str], number: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: v1,base64(HMAC-SHA256(id.timestamp.body)) for each secret, separated by blanks."""
    content = f"{number}.{timestamp}.".encode() + body
    keys = (base64.b64decode(one.removeprefix(PREFIX)) for one in secrets)
    return " ".join("v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys)


def target_of(url: str, *, loopback: bool) -> Target | Finding:
    """The parts of an address, or why it is none we send to: https only, no user, no fragment, a usual port.

    loopback: http to this machine is let through (tests and the demonstration).
    """
    refused = Finding("LIMIT-HOOK-URL", field="url", value=url[:80])
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return refused
    plain = not any(sign <= " " or sign == "\\" or sign > "~" for sign in url)
    if len(url) > URL_CHARS or not plain or not host or "@" in parts.netloc or parts.fragment:
        return refused
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        return refused
    if port not in (80, 443) and port < LOWEST_PORT:
        return refused
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: none of ours, nobody's local one, none in disguise."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(ip in net for net in CLOSED) or (isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_link_local)


def allowed(target: Target, addresses: list[str], *, loopback: bool) -> str:
    """The first address when all of a host's addresses may be sent to, else "". Plain http goes to loopback only."""
    if not addresses:
        return ""
    local = loopback and all(_is_loopback(one) for one in addresses)
    if local or (target.scheme == "https" and all(map(is_public, addresses))):
        return addresses[0]
    return ""


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


def pause_seconds(tries: int) -> int | None:
    """How long to wait after so many failed tries; None when there is no further one."""
    return PAUSES_SECONDS[tries - 1] if 0 < tries <= len(PAUSES_SECONDS) else None

"""Webhooks without a database: signature, pauses, addresses that may be sent to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.base.hooks.rules import (
    PAUSES_SECONDS,
    Target,
    allowed,
    is_public,
    pause_seconds,
    secret_text,
    sign,
    target_of,
)
from gongfu.core.rule import Finding

pytestmark = pytest.mark.feature("gateway.developers")


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The vector of the Standard Webhooks reference libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    told = sign([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert told == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_during_a_change_both_secrets_sign() -> None:
    old, new = secret_text(b"a" * 32), secret_text(b"b" * 32)
    both = sign([new, old], "msg_1", 1, b"{}").split()
    assert both == [sign([new], "msg_1", 1, b"{}"), sign([old], "msg_1", 1, b"{}")]
    assert both[0] != both[1]


def test_eight_retries_in_a_day_with_growing_pauses() -> None:
    assert len(PAUSES_SECONDS) == 8
    assert sum(PAUSES_SECONDS) == 24 * 3600
    assert list(PAUSES_SECONDS) == sorted(set(PAUSES_SECONDS))
    assert [pause_seconds(tries) for tries in (0, 1, 8, 9, 100)] == [None, 30, 37470, None, None]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.88.99.1",  # noqa: S104
        "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1",
        "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1", "nonsense", "",
    ],
)  # fmt: skip
def test_what_is_not_on_the_open_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    assert allowed(Target("https", "h", 443, "/"), ["8.8.8.8", address], loopback=False) == ""


def test_public_addresses_are_sent_to() -> None:
    assert is_public("8.8.8.8")
    assert is_public("2606:4700:4700::1111")
    assert allowed(Target("https", "h", 443, "/"), ["8.8.8.8", "1.1.1.1"], loopback=False) == "8.8.8.8"
    assert allowed(Target("https", "h", 443, "/"), [], loopback=False) == ""


def test_plain_http_goes_to_this_machine_only_and_only_where_that_is_allowed() -> None:
    here, there = Target("http", "h", 8000, "/"), ["8.8.8.8"]
    assert allowed(here, ["127.0.0.1"], loopback=True) == "127.0.0.1"
    assert allowed(here, ["127.0.0.1"], loopback=False) == ""
    assert allowed(here, there, loopback=True) == ""
    assert allowed(here, ["127.0.0.1", *there], loopback=True) == ""
    assert allowed(here, ["10.0.0.1"], loopback=True) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "//example.com/", "https://", "https:///x", "https://user@example.com/", "https://a:b@example.com/",
        "https://example.com/#x", "https://example.com:22/", "https://example.com:99999/", "https://example.com/ x", "https://exa\tmple.com/",
        "https://例子.中国/", "https://example.com\\@127.0.0.1/", "https://[::1/", "javascript:alert(1)", "https://example.com/" + "x" * 500, "",
    ],
)  # fmt: skip
def test_addresses_of_a_wrong_form_are_refused(url: str) -> None:
    told = target_of(url, loopback=False)
    assert isinstance(told, Finding)
    assert told.code == "LIMIT-HOOK-URL"


def test_an_address_is_taken_apart() -> None:
    assert target_of("https://example.com/a/b?c=d", loopback=False) == Target("https", "example.com", 443, "/a/b?c=d")
    assert target_of("https://example.com:8443", loopback=False) == Target("https", "example.com", 8443, "/")
    assert target_of("http://127.0.0.1:8000/x", loopback=True) == Target("http", "127.0.0.1", 8000, "/x")


@given(st.text(max_size=60))
def test_no_text_whatever_breaks_it(text: str) -> None:
    assert isinstance(target_of(text, loopback=True), Target | Finding)
    assert is_public(text) in (True, False)

"""Words in two languages, money, moments, icons and states, the same on every page."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from gongfu.base.cards import cards
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.screens.words import STATES, WHYS, english, say, zone_name
from gongfu.core.money import yuan
from gongfu.core.rule import registry

register = template.Library()


@register.simple_tag
def t(zh: str, en: str) -> str:
    """The text in the reader's language."""
    return say(zh, en)


@register.filter
def fen(amount_fen: int | None) -> str:
    """1,000.20 元, or CNY 1,000.20."""
    if amount_fen is None:
        return "—"
    return f"CNY {yuan(amount_fen)}" if english() else f"{yuan(amount_fen)} 元"


@register.filter
def hundredths(amount: int) -> str:
    """An amount in hundredths of whatever currency, with separators."""
    return yuan(amount)


@register.filter
def moment(value: datetime | None) -> str:
    """YYYY-MM-DD HH:mm of Beijing."""
    return value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if value else "—"


@register.filter
def clock(value: datetime | None) -> str:
    """HH:mm:ss of Beijing."""
    return value.astimezone(BEIJING).strftime("%H:%M:%S") if value else "—"


@register.filter
def zone(code: str) -> str:
    """A zone's short name in the reader's language; what is no zone of ours, such as a partner's name, stays."""
    return zone_name(code)


@register.filter
def digits(value: str) -> str:
    """17 digits of returnTime as a readable moment."""
    return (
        f"{value[:4]}-{value[4:6]}-{value[6:8]} {value[8:10]}:{value[10:12]}:{value[12:14]}"
        if len(value) >= 14
        else value
    )


@register.filter
def seconds(value: float | None) -> str:
    """Seconds as 18 分 or 2 时 41 分."""
    if value is None:
        return "—"
    whole = int(value)
    if whole < 60:
        return f"{whole} s" if english() else f"{whole} 秒"
    hours, minutes = whole // 3600, whole % 3600 // 60
    if english():
        return f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{hours} 时 {minutes} 分" if hours else f"{minutes} 分"


@cache
def _svg(name: str) -> str:
    path = settings.ICONS / "outline" / f"{name}.svg"
    if not path.exists():
        return ""
    text = path.read_text("utf-8")
    return text[text.index("<svg") :]


@register.simple_tag
def icon(name: str) -> SafeString:
    """The icon's SVG in the page, hidden from readers of text."""
    return mark_safe(f'<span class="i" aria-hidden="true">{_svg(name)}</span>')  # noqa: S308  (our own icon files)


@register.simple_tag
def state(code: str) -> SafeString:
    """A state as text and icon in its tone, never by colour alone."""
    tone, zh, en = STATES.get(code, ("wait", code, code))
    return format_html('<span class="st st-{}">{}{}</span>', tone, icon(ICONS[tone]), say(zh, en))


@register.filter
def reason(code: str) -> str:
    """A reason code in the reader's language; the code itself where it is not one of ours."""
    text = registry().get(code)
    return say(text.title["zh"], text.title["en"]) if text else code


@cache
def _titles() -> dict[str, str]:
    """Chinese → English: titles of findings, and the platform's own reasons for a move."""
    return {text.title["zh"]: text.title["en"] for text in registry().values()} | WHYS


@register.filter
def why(text: str) -> str:
    """Why a list moved, in the reader's language where the words are ours."""
    return "; ".join(_titles().get(part, part) for part in text.split("；")) if english() else text


ICONS = {
    "ok": "circle-check",
    "run": "loader-2",
    "wait": "clock",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "hold": "player-pause",
    "off": "circle-dashed",
}


@register.simple_tag(takes_context=True)
def panels(context: Context, on: str, row: Any) -> SafeString:
    """What modules show on this page (cards.Panel), as far as its reader may see it."""
    actor = context["actor"]
    known = [one for card in cards(settings.CARD_PACKAGES) for one in card.panels if one.on == on]
    return format_html_join("", "{}", [(one.draw(actor, row),) for one in known if actor.allows(one.permission)])


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's query string with some parameters changed; an empty value takes one away."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        params[name] = str(value)
        if value in ("", None):
            del params[name]
    return f"?{params.urlencode()}"


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key, "")


@register.filter
def seal(value: bytes) -> str:
    """The first signs of a seal, for people to compare."""
    return f"SHA-256 {bytes(value).hex()[:12]}…"

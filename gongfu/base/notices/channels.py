"""Ways by which a notice reaches a person outside the platform: mail, text message, WeChat; each behind the one call `carry`.

What stands behind a way is the installation's own (docs/how-to/notify.md). Where nothing does, as in a sandbox, the notice is
kept as it would have gone out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail

from gongfu.base.hooks.transport import post
from gongfu.core.fields import PERSONAL, Field


@dataclass(frozen=True, slots=True)
class Channel:
    """address: the field that takes a person's address.  longest: signs that one notice may have there."""

    code: str
    title: str
    title_en: str
    address: Field
    longest: int = 500


CHANNELS = {
    one.code: one
    for one in (
        Channel("mail", "电子邮件", "Mail", Field("mail", "邮箱地址", "Mail address", "email", False, PERSONAL, masked="mail", longest=100)),
        Channel("sms", "短信", "Text message", Field("sms", "手机号码", "Mobile number", "phone", False, PERSONAL, masked="phone", longest=20), 140),
        Channel(
            "wechat", "微信", "WeChat", Field("wechat", "微信服务号里的用户标识", "User's id at the WeChat account", "text", False, PERSONAL, longest=64, help="关注服务号后在“我的”里查看。", help_en="Shown in the account once it is followed."),
        ),
    )
}  # fmt: skip
LANGUAGES = (("zh", "中文", "Chinese"), ("en", "英文", "English"))
TEXTS = {
    "zh": "【{place}跨境电商公服平台】{title}。请登录平台查看。{link}",
    "en": "[Gongfu {place}] {title}. Sign in to see it. {link}",
}


@dataclass(frozen=True, slots=True)
class Carried:
    """state: sent, shown (nothing stands behind the way) or failed with its error."""

    state: str
    error: str = ""


def written(channel: Channel, language: str, place: str, title: str, link: str) -> str:
    """The text of a notice on a way, cut to what one takes there."""
    return TEXTS[language].format(place=place, title=title, link=link).strip()[: channel.longest]


def carry(code: str, address: str, text: str) -> Carried:
    """Send once. Never raises: what goes wrong is the answer's error."""
    if code == "mail":
        return _mail(address, text)
    url, token = settings.NOTICE_GATEWAYS.get(code, ("", ""))
    if not url:
        return Carried("shown")
    body = json.dumps({"to": address, "text": text}, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    answer = post(url, body, headers, loopback=settings.HOOKS_ALLOW_LOOPBACK)
    return Carried("sent") if answer.good else Carried("failed", answer.error or f"HTTP {answer.status}")


def _mail(address: str, text: str) -> Carried:
    if not settings.EMAIL_HOST:
        return Carried("shown")
    try:
        send_mail(text[:60], text, None, [address])
    except (OSError, SMTPException) as fault:
        return Carried("failed", type(fault).__name__)
    return Carried("sent")

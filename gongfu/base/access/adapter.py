"""How the sign-in library does things here: nobody signs up, secrets lie enciphered, strangers from an identity provider get no role."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import render

from gongfu.base.access.actor import NOBODY
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Person
from gongfu.base.access.sessions import official
from gongfu.base.audit.action import record
from gongfu.base.kit import vault

CONTEXT = b"second factor"


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are given by a zone office or by a firm's administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are enciphered; those who must have one cannot put it off."""

    def get_totp_issuer(self) -> str:
        return str(settings.SITE)

    def encrypt(self, text: str) -> str:
        return base64.b64encode(vault.seal(text.encode(), CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(base64.b64decode(encrypted_text), CONTEXT).decode()

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return bool(settings.DEMO) or not official(authenticator.user)


class KnownPeople(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """An identity provider says who someone is; what he may do here is said here. Deny by default."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Connect a person whom we know by the identity that the provider vouches for; a stranger is shown why he gets in nowhere."""
        if sociallogin.is_existing:
            return
        person = _known(sociallogin)
        if person is not None:
            sociallogin.connect(request, person)
            return
        record(NOBODY, "access.stranger", f"provider:{sociallogin.account.provider}"[:80])
        raise ImmediateHttpResponse(render(request, "account/unknown.html", status=403))


def _known(sociallogin: Any) -> Person | None:
    """The one active person with the identity of the claims; None where there is none, or several."""
    app = sociallogin.provider.app
    claims = sociallogin.account.extra_data.get("userinfo") or sociallogin.account.extra_data.get("id_token") or {}
    number, name = (str(claims.get(app.settings.get(key, key), "")) for key in ("id_number", "name"))
    if not number or not name:
        return None
    found = list(Person.objects.filter(identity_key=identity_key(number, name), is_active=True)[:2])
    return found[0] if len(found) == 1 else None


@receiver(pre_save, sender=SocialAccount)
def forget_claims(sender: Any, instance: Any, **kwargs: Any) -> None:
    """What a provider told of a person is looked at and not kept (I12)."""
    instance.extra_data = {}

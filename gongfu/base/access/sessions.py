"""Sessions of officers and administrators: thirty minutes idle, twelve hours in all, and a second factor (R-1402)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from gongfu.base.access.roles import roles

STARTED, SEEN = "started", "seen"
NOTED_EVERY = 60  # seconds: a session is written for being used once a minute, not with every request
DOORS = ("/accounts/", "/language/")  # where a person may go before the second factor is set up


def official(person: Any) -> bool:
    """Whether someone is an officer or an administrator: by the portal of the role."""
    role = roles().get(getattr(person, "role", ""))
    return role is not None and role.portal in ("bureau", "admin")


def has_factor(request: HttpRequest) -> bool:
    """Whether the person signed in with a second factor, or has set one up since."""
    if any(one.get("method") == "mfa" for one in get_authentication_records(request, request.user)):
        return True
    found: bool = Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()
    return found


class Sessions:
    """Ends sessions that are over, and leads officers without a second factor to setting it up. The demonstration asks for none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and official(request.user):
            if self._over(request):
                logout(request)
                return redirect_to_login(request.get_full_path())
            if not settings.DEMO and not request.path.startswith(DOORS) and not has_factor(request):
                return redirect("mfa_activate_totp")
        return self.get_response(request)

    def _over(self, request: HttpRequest) -> bool:
        """Whether the session is too old or was left alone too long; else its use is noted."""
        now = int(time.time())
        started, seen = request.session.setdefault(STARTED, now), request.session.setdefault(SEEN, now)
        if now - started > settings.OFFICER_WHOLE_SECONDS or now - seen > settings.OFFICER_IDLE_SECONDS:
            return True
        if now - seen >= NOTED_EVERY:
            request.session[SEEN] = now
        return False

"""Addresses: sign-in, language, the gateway, and one route for each screen on a card."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from oauth2_provider.views import TokenView

from gongfu.base.cards import cards
from gongfu.base.screens.desk import failed
from gongfu.base.screens.guard import desk, guard
from gongfu.modules.trade.api import plat_data_open
from gongfu.portals.exchange.views import snapshots
from gongfu.portals.gateway.api import api

screens = [screen for card in cards(settings.CARD_PACKAGES) for screen in card.screens]
handler500 = failed
urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("favicon.ico", RedirectView.as_view(url="/static/look/mark.svg"), name="favicon"),
    path("desk/", desk, name="desk"),
    path("gateway/v1/token", TokenView.as_view(), name="token"),
    path("gateway/v1/", api.urls),
    path("realtime/v1/<str:platform>/platDataOpen", plat_data_open, name="plat_data_open"),
    path("exchange/v1/snapshots", snapshots, name="snapshots"),
    *(path(screen.url.lstrip("/"), guard(screen), name=f"{screen.portal}.{screen.name}") for screen in screens),
]

"""When the apps are loaded, every module's handlers are known."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class EventsConfig(AppConfig):
    name = "gongfu.base.events"
    label = "events"

    def ready(self) -> None:
        autodiscover_modules("handlers")

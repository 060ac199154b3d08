"""When the apps are loaded, every module's kinds are known."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ArticlesConfig(AppConfig):
    name = "gongfu.base.articles"
    label = "articles"

    def ready(self) -> None:
        autodiscover_modules("kinds")

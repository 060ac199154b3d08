"""Django settings: everything that varies comes from the environment or from the data folder."""

from __future__ import annotations

import os
from pathlib import Path

from gongfu.config import datafolder
from gongfu.config.modules import BASE, MODULES, PORTALS

ROOT = Path(__file__).resolve().parents[2]
DATA = datafolder.path()
SECRETS = datafolder.secrets(DATA)

DEBUG = False
DEMO = os.environ.get("GONGFU_DEMO") == "1"
SECRET_KEY = SECRETS["django"]
VAULT_KEYS = SECRETS["vault"]
BLIND_KEY = SECRETS["blind"]
PARTNER_KEY = SECRETS["partner"]
SITE = os.environ.get("GONGFU_SITE", "gongfu")
ALLOWED_HOSTS = os.environ.get("GONGFU_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
SECURE_COOKIES = os.environ.get("GONGFU_HTTPS") == "1"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    *(f"gongfu.base.{name}" for name in BASE),
    *(f"gongfu.modules.{name}" for name in MODULES),
    *(f"gongfu.portals.{name}" for name in PORTALS),
    "allauth",  # after ours, whose templates go before theirs
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "oauth2_provider",
]
MIDDLEWARE = [
    "gongfu.base.screens.middleware.Numbered",
    "gongfu.base.screens.middleware.Packed",
    "gongfu.base.screens.middleware.Unavailable",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gongfu.base.screens.middleware.Readable",
    "gongfu.base.access.sessions.Sessions",
    "gongfu.base.screens.middleware.SecurityHeaders",
    "gongfu.config.policy.Declared",
]
ROOT_URLCONF = "gongfu.config.urls"
WSGI_APPLICATION = "gongfu.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gongfu.base.screens.context.shell",
            ],
            "builtins": ["gongfu.base.screens.templatetags.look"],
        },
    }
]
DATABASES = {"default": datafolder.database(DATA)}
# Shared by all web processes: what is counted and locked at the sign-in.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "access_cache"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.Person"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_ADAPTER = "gongfu.base.access.adapter.ClosedSignup"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Five wrong in fifteen minutes, counted for each user name, known or not; codes of second factors alike.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key"}
MFA_ADAPTER = "gongfu.base.access.adapter.SecondFactor"
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "gongfu.base.access.adapter.KnownPeople"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": datafolder.identity_providers(DATA), "OAUTH_PKCE_ENABLED": True}}
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
OAUTH2_PROVIDER_APPLICATION_MODEL = "oauth2_provider.Application"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "messages": "hand in messages",
        "receipts": "read receipts",
        "webhooks": "register addresses for notices and read their log",
        "conformance": "have messages tested without recording them",
        "feeds": "deliver the rows of feeds registered for the firm",
    },
    "DEFAULT_SCOPES": ["messages", "receipts", "webhooks", "conformance", "feeds"],
    "ACCESS_TOKEN_EXPIRE_SECONDS": 900,
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["gongfu.config.formats"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [
    (name, ROOT / "node_modules" / folder)
    for name, folder in (("tabler", "@tabler/core/dist"), ("echarts", "echarts/dist"), ("htmx", "htmx.org/dist"))
    if (ROOT / "node_modules" / folder).is_dir()
]
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = False  # `gongfu up` collects and packs what pages name (base/screens/assets.py)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
ICONS = ROOT / "node_modules" / "@tabler" / "icons" / "icons"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_AGE = 12 * 3600
OFFICER_IDLE_SECONDS, OFFICER_WHOLE_SECONDS = 30 * 60, 12 * 3600
if SECURE_COOKIES:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SECURE = "__Host-language", True
    SECURE_HSTS_SECONDS = 366 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024  # a table of a feed has 10 MB at most

MESSAGE_MAX_BYTES = 5 * 1024 * 1024
# Plain http to this machine is a webhook address in the demonstration and in tests only.
HOOKS_ALLOW_LOOPBACK = DEMO and os.environ.get("GONGFU_HOOKS_LOOPBACK") == "1"
# What stands behind the ways of notices; a way without any keeps what it would have sent.  (address, token) of a gateway each.
NOTICE_GATEWAYS = {
    code: (os.environ.get(f"GONGFU_{code.upper()}_URL", ""), os.environ.get(f"GONGFU_{code.upper()}_TOKEN", ""))
    for code in ("sms", "wechat")
}
EMAIL_HOST, EMAIL_PORT = os.environ.get("GONGFU_MAIL_HOST", ""), int(os.environ.get("GONGFU_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("GONGFU_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("GONGFU_MAIL_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_TIMEOUT = EMAIL_PORT == 587, 20
DEFAULT_FROM_EMAIL = os.environ.get("GONGFU_MAIL_FROM", EMAIL_HOST_USER)
# The platform's address as people type it, named in notices that leave it.
SITE = os.environ.get("GONGFU_SITE", "").rstrip("/")
# Each web process counts the requests of a client by itself, against its share of the limit.
RATE_PER_MINUTE, RATE_BURST = 3_000, 1_000
WEB_WORKERS = int(os.environ.get("GONGFU_WEB_WORKERS", "1"))
# Where the platform's own signing key is had from, for whoever stands below config.
PLATFORM_SIGNER = "gongfu.config.runtime.own_signer"
LINK_FOLDER = Path(os.environ.get("GONGFU_LINK", DATA / "link"))
# Where payment data go that customs asked for (realTimeDataUpload); empty: requests are taken and wait.
REALTIME_URL = os.environ.get("GONGFU_REALTIME_URL", "")
WATCH_FOLDER = Path(os.environ.get("GONGFU_WATCH", DATA / "watch"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(request_number)s %(message)s"}},
    "filters": {"number": {"()": "gongfu.base.screens.middleware.WithNumber"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["number"]}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("GONGFU_LOG", "WARNING")},
}
CARD_PACKAGES = (
    *(f"gongfu.base.{name}" for name in BASE),
    *(f"gongfu.modules.{name}" for name in MODULES),
    *(f"gongfu.portals.{name}" for name in PORTALS),
)

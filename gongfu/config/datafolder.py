"""The data folder (GONGFU_DATA): where it is, the secrets made on first use, the database it names."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets as random
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

DEFAULT = Path(__file__).resolve().parents[2] / ".gongfu"
# Web processes set it before settings are read: PostgreSQL then keeps personal rows from whoever is unknown (base.access.rows).
UNKNOWN = False


def path() -> Path:
    """GONGFU_DATA, or `.gongfu` in the checkout; made when absent, readable by its owner alone."""
    folder = Path(os.environ.get("GONGFU_DATA") or DEFAULT).absolute()
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return folder


def secrets(folder: Path) -> dict[str, Any]:
    """Keys of this installation, generated once: `django`, `blind` (base64), `vault` (version -> base64), `partner` (base64).

    `partner` is the Ed25519 key that signs what partner installations get. A key that is not there yet is added.
    """
    file = folder / "secrets.json"
    with os.fdopen(os.open(folder / "secrets.lock", os.O_RDWR | os.O_CREAT, 0o600), "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        makers = {
            "django": lambda: random.token_urlsafe(50),
            "blind": _key,
            "vault": lambda: {"1": _key()},
            "partner": _key,
        }
        fresh = {name: make() for name, make in makers.items() if name not in kept}
        if fresh:
            part = folder / "secrets.part"
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump({**kept, **fresh}, out)
            os.replace(part, file)
        return {**kept, **fresh}


def _key() -> str:
    return base64.b64encode(random.token_bytes(32)).decode()


def identity_providers(folder: Path) -> list[dict[str, Any]]:
    """Identity providers (OpenID Connect) of GONGFU_OIDC, else of `oidc.toml` in the data folder, as allauth wants them; none without.

    Each [id] has name, server_url, client_id, secret; it may name the claims that hold identity number, name and subject
    (id_number, person_name, uid_field) and the way to sign in at the token address (token_auth_method).
    """
    file = Path(os.environ.get("GONGFU_OIDC") or folder / "oidc.toml")
    read = tomllib.loads(file.read_text("utf-8")) if file.exists() else {}
    return [_provider(name, entry) for name, entry in read.items()]


def _provider(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    more: dict[str, Any] = {key: entry[key] for key in ("id_number", "uid_field", "token_auth_method") if key in entry}
    settings: dict[str, Any] = {"server_url": entry["server_url"], "name": entry.get("person_name", "name"), **more}
    return {
        "provider_id": name, "name": entry["name"], "client_id": entry["client_id"], "secret": entry["secret"], "settings": settings,
    }  # fmt: skip


def database(folder: Path) -> dict[str, Any]:
    """Django's settings for DATABASE_URL, or for the embedded server whose address lies in the data folder."""
    url = os.environ.get("DATABASE_URL") or _embedded_url(folder)
    parts = urlsplit(url)
    options: dict[str, Any] = {} if UNKNOWN else {"options": "-c gongfu.reach=house"}
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    if "sslmode" in query:
        options["sslmode"] = query["sslmode"]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "")) or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _embedded_url(folder: Path) -> str:
    file = folder / "database.url"
    return file.read_text().strip() if file.exists() else "postgresql:///gongfu"

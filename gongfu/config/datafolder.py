"""The data folder (GONGFU_DATA): where it is, the secrets made on first use, the database it names."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets as random
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

DEFAULT = Path(__file__).resolve().parents[2] / ".gongfu"


def path() -> Path:
    """GONGFU_DATA, or `.gongfu` in the checkout; made when absent, readable by its owner alone."""
    folder = Path(os.environ.get("GONGFU_DATA") or DEFAULT).absolute()
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    return folder


def secrets(folder: Path) -> dict[str, Any]:
    """Keys of this installation, generated once: `django`, `blind` (base64), `vault` (version -> base64)."""
    file = folder / "secrets.json"
    if not file.exists():
        fresh = {"django": random.token_urlsafe(50), "blind": _key(), "vault": {"1": _key()}}
        part = folder / f"secrets.{os.getpid()}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(fresh, out)
        with contextlib.suppress(FileExistsError):
            os.link(part, file)
        part.unlink()
    kept: dict[str, Any] = json.loads(file.read_text())
    return kept


def _key() -> str:
    return base64.b64encode(random.token_bytes(32)).decode()


def database(folder: Path) -> dict[str, Any]:
    """Django's settings for DATABASE_URL, or for the embedded server whose address lies in the data folder."""
    url = os.environ.get("DATABASE_URL") or _embedded_url(folder)
    parts = urlsplit(url)
    options: dict[str, Any] = {}
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

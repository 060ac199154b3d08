"""A tiny identity provider on this machine: OpenID Connect with signed tokens, for one person at a time."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "gongfu", "a-secret-of-the-test"


class Provider(ThreadingHTTPServer):
    """claims: what it says of whoever signs in next.  handed: codes given out, with their nonce."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.claims: dict[str, Any] = {}
        self.handed: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def token(self, nonce: str) -> str:
        now = int(time.time())
        told = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        return jwt.encode({"alg": "RS256", "kid": "1"}, told, self.key)


class Pages(BaseHTTPRequestHandler):
    """The five addresses of a provider."""

    server: Provider

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/.well-known/openid-configuration":
            self._tell(self._configuration())
        elif asked.path == "/keys":
            self._tell({"keys": [self.server.key.as_dict(private=False)]})
        elif asked.path == "/userinfo":
            self._tell(self.server.claims)
        else:
            self._authorize({name: values[0] for name, values in parse_qs(asked.query).items()})

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        nonce = self.server.handed.pop(body["code"][0], None)
        if nonce is None or body["client_secret"][0] != SECRET or not body.get("code_verifier"):
            self._tell({"error": "invalid_grant"}, 400)
        else:
            self._tell({"access_token": "t", "token_type": "Bearer", "id_token": self.server.token(nonce)})

    def _configuration(self) -> dict[str, Any]:
        here = self.server.address
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
        }
        told = {name: f"{here}/{path}" for name, path in places.items()}
        return {"issuer": here, **told, "token_endpoint_auth_methods_supported": ["client_secret_post"]}

    def _authorize(self, asked: dict[str, str]) -> None:
        code = secrets.token_urlsafe(8)
        self.server.handed[code] = asked.get("nonce", "")
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")
        self.end_headers()

    def _tell(self, told: dict[str, Any], status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *args: Any) -> None:
        """Tests are quiet."""
        return


@contextmanager
def provider() -> Iterator[Provider]:
    """The provider, answering until the end of the block."""
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)

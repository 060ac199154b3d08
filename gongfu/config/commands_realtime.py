"""`gongfu realtime add`: serve a platform under the 179 interface."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(told: argparse.Namespace) -> tuple[Any, str, int]:
    """Enter a platform with its certificate's number and signing key, or bring it up to date; ValueError for an unfit key or zone."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.core.ceb.certificates import SigningKey
    from gongfu.modules.trade.realtime import register
    from gongfu.zones.plan import plans

    if told.zone not in plans():
        raise ValueError(f"no zone {told.zone}; known: {', '.join(plans())}")
    if not told.key.is_file():
        raise ValueError(f"not there: {told.key}")
    said = {"account": told.account, "item_link": told.item_link, "ver_dept": told.ver_dept, "pay_type": told.pay_type}
    row = register(OPERATOR, told.zone, told.platform, told.cert_no, SigningKey.load(told.key.read_bytes()), **said).key
    path = f"/realtime/v1/{row.ebp_code}/platDataOpen"
    return {"platform": row.ebp_code, "cert_no": row.cert_no, "path": path}, f"{row.ebp_code} is served at {path}", 0


def options(into: Any, add_to: Any, handler: Any) -> None:
    """What `gongfu realtime add` takes."""
    one = add_to(
        into,
        "add",
        handler(add),
        "serve a platform: customs may ask for its payment data, answers are signed with its key",
    )
    one.add_argument("--zone", required=True)
    one.add_argument("--platform", required=True, help="ebpCode")
    one.add_argument("--cert-no", required=True, help="number of the certificate registered at customs")
    one.add_argument("--key", required=True, type=Path, help="its private key, a file")
    one.add_argument("--account", required=True, help="account that receives the money")
    one.add_argument("--item-link", required=True, help="address of a product page, with {itemNo}")
    one.add_argument("--ver-dept", default="3", choices=["1", "2", "3"], help="1 UnionPay, 2 NetsUnion, 3 other")
    one.add_argument("--pay-type", default="4", choices=["1", "2", "3", "4"], help="1 app, 2 PC, 3 QR, 4 other")

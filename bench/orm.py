"""A straightforward implementation: the same work document by document, through the ORM. What one would write first.

python -m bench.orm LISTS PER_MESSAGE START
"""

from __future__ import annotations

import sys
from decimal import Decimal
from time import perf_counter
from typing import Any

import bench.ready  # noqa: F401  isort: skip
from django.db import transaction

from bench.material import keyring, material, today
from bench.rows import NOW
from gongfu.base.kit.beijing import moment
from gongfu.base.kit.vault import blind
from gongfu.config import datafolder
from gongfu.core.ceb import codec, gate, sign
from gongfu.core.money import fen, share
from gongfu.modules.declarations.models import Declaration, Line, Move
from gongfu.modules.intake.models import Receipt
from gongfu.modules.tax.models import Assessment
from gongfu.modules.tax.rates import rate
from gongfu.modules.trade.models import Order, Payment, Waybill

LEVY = Decimal("0.7")
TABLES = tuple(one._meta.db_table for one in (Declaration, Line, Move, Receipt, Assessment, Order, Payment, Waybill))


def work(count: int, per_message: int, start: int) -> list[float]:
    """Seconds of each unit of four messages."""
    keys = keyring(datafolder.path())
    made = material(keys, count, per_message, today(), start)
    certificates = {firm.code: [keys.of(firm)[1]] for firm in made.senders.values()}
    print("ready", flush=True)
    sys.stdin.readline()
    spent = []
    for group in made.groups:
        began = perf_counter()
        for kind, firm, data in group:
            root = gate.parse(data).root
            outcome = sign.verify(root, certificates[firm.code], NOW) if root is not None else None
            if not isinstance(outcome, sign.Verified):
                raise ValueError("the material must verify")
            for document in codec.decode(root).documents:
                with transaction.atomic():
                    TAKE[kind](document)
        spent.append(perf_counter() - began)
    return spent


def base(head: dict[str, str]) -> dict[str, Any]:
    return {"zone": "bench", "message_id": 0, "guid": head["guid"], "received_at": NOW}


def receipt(head: dict[str, str], kind: str, key: str) -> None:
    Receipt.objects.create(
        zone="bench", message_id=0, type=kind, batch=head["guid"], document_guid=head["guid"], document_key=key, party_code="bench",
        origin="platform", status="2", returned_at="20260101000000000", info="ok")  # fmt: skip


def order(document: codec.Document) -> None:
    head = document.head
    Order.objects.create(
        **base(head), order_type="I", ebp_code=head["ebpCode"], order_no=head["orderNo"], ebc_code=head["ebcCode"], pay_code=head["payCode"],
        pay_no=head["payTransactionId"], currency="142", goods_fen=fen(head["goodsValue"]), freight_fen=fen(head["freight"]),
        paid_fen=fen(head["acturalPaid"]), buyer_key=blind(head["buyerIdNumber"] + head["buyerName"]), consignee_key=blind(head["consignee"]),
        address_key=blind(head["consigneeAddress"]), ordered_at=moment(head["appTime"]), lines=document.items)  # fmt: skip
    receipt(head, "CEB312Message", head["orderNo"])


def payment(document: codec.Document) -> None:
    head = document.head
    Payment.objects.create(
        **base(head), pay_code=head["payCode"], pay_no=head["payTransactionId"], ebp_code=head["ebpCode"], order_no=head["orderNo"], currency="142",
        paid_fen=fen(head["amountPaid"]), payer_key=blind(head["payerIdNumber"] + head["payerName"]), paid_at=moment(head["payTime"]))  # fmt: skip
    receipt(head, "CEB412Message", head["payTransactionId"])


def waybill(document: codec.Document) -> None:
    head = document.head
    Waybill.objects.create(
        **base(head), logistics_code=head["logisticsCode"], logistics_no=head["logisticsNo"], order_no=head["orderNo"], currency="142",
        freight_fen=fen(head["freight"]), insured_fen=0, weight_g=int(Decimal(head["weight"]) * 1000), packs=1,
        consignee_key=blind(head["consignee"]), address_key=blind(head["consigneeAddress"]))  # fmt: skip
    receipt(head, "CEB512Message", head["logisticsNo"])


def listed(document: codec.Document) -> None:
    """The list: looked up, compared, taxed and stored, line by line."""
    head = document.head
    own = Order.objects.get(ebp_code=head["ebpCode"], order_no=head["orderNo"])
    paid = Payment.objects.get(ebp_code=head["ebpCode"], order_no=head["orderNo"])
    sent = Waybill.objects.get(logistics_code=head["logisticsCode"], logistics_no=head["logisticsNo"])
    key = blind(head["buyerIdNumber"] + head["buyerName"])
    if own.paid_fen != paid.paid_fen or own.buyer_key != key or paid.payer_key != key or sent.order_no != own.order_no:
        raise ValueError("the material must match")
    row = Declaration.objects.create(
        zone="bench", message_id=0, sender_code="bench", guid=head["guid"], flow="I", mode="9610", ebp_code=head["ebpCode"], order_no=head["orderNo"],
        ebc_code=head["ebcCode"], logistics_code=head["logisticsCode"], logistics_no=head["logisticsNo"], agent_code=head["agentCode"],
        customs_code=head["customsCode"], currency="142", goods_fen=own.goods_fen, freight_fen=own.freight_fen, insured_fen=0,
        gross_g=int(Decimal(head["grossWeight"]) * 1000), declared_on=today(), declared_at=moment(head["appTime"]), received_at=NOW, state="ready")  # fmt: skip
    totals = [fen(item["totalPrice"]) for item in document.items]
    for item, total, part in zip(document.items, totals, share(row.freight_fen, totals), strict=True):
        Line.objects.create(
            declaration=row, gnum=int(item["gnum"]), hs10=item["gcode"], name=item["gname"], model=item["gmodel"], country=item["country"],
            qty=Decimal(item["qty"]), unit=item["unit"], qty1=Decimal(item["qty1"]), unit1=item["unit1"], price=Decimal(item["price"]), total_fen=total)  # fmt: skip
        known = rate(item["gcode"], today())
        vat = fen(Decimal(total + part) / 100 * known.vat_bp / 10_000 * LEVY)
        Assessment.objects.create(
            declaration_id=row.pk, gnum=int(item["gnum"]), path="within", share_fen=part, dv_fen=total + part, duty_bp=0, vat_bp=known.vat_bp, ct_bp=0,
            duty_fen=0, ct_fen=0, vat_fen=vat)  # fmt: skip
    Move.objects.create(declaration=row, before="", state="ready", actor="bench", origin="platform", why="ok")
    receipt(head, "CEB622Message", head["orderNo"])


TAKE = {"CEB311Message": order, "CEB411Message": payment, "CEB511Message": waybill, "CEB621Message": listed}

if __name__ == "__main__":
    print(work(*(int(one) for one in sys.argv[1:4])))

"""The documents of one purchase, field by field: order, payment, waybill and list of imports; three of exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from gongfu.core.ceb.samples import guid
from gongfu.peers.firms import Firm
from gongfu.zones.plan import Plan

CNY = "142"
UNITED_STATES = "502"
EXPORT_ORDER = {"9610": "E", "1210": "E", "9710": "B", "9810": "W"}
Values = dict[str, str]
Papers = tuple[dict[str, Values], dict[str, list[Values]]]


@dataclass(frozen=True, slots=True)
class Purchase:
    """Everything the documents of one purchase have in common.  chosen: (goods of goods_samples, pieces)."""

    plan: Plan
    rng: Random
    at: datetime
    stem: str
    mode: str
    platform: Firm
    seller: Firm
    payer: Firm
    carrier: Firm
    agent: Firm
    warehouse: Firm
    chosen: list[tuple[dict[str, object], int]]
    freight_fen: int
    person: Values
    address: str
    account: str

    def total(self, column: str) -> int:
        """price_fen, net_g or gross_g over all pieces."""
        return sum(int(str(one[column])) * count for one, count in self.chosen)

    def common(self, minutes_before: int) -> Values:
        """guid and the submission fields."""
        at = stamp(self.at - timedelta(minutes=minutes_before))
        return {"guid": guid(self.rng), "appType": "1", "appTime": at, "appStatus": "2"}

    def place(self) -> Values:
        return {
            "ebpCode": self.platform.code, "ebpName": self.platform.name,
            "ebcCode": self.seller.code, "ebcName": self.seller.name,
        }  # fmt: skip


def yuan(amount_fen: int) -> str:
    return f"{Decimal(amount_fen) / 100:.2f}"


def kilos(grams: int) -> str:
    return f"{Decimal(grams) / 1000:.3f}"


def stamp(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S")


def imports(one: Purchase) -> Papers:
    """CEB311, CEB411, CEB511 and CEB621."""
    bonded = one.mode == "1210"
    heads = {
        "CEB311Message": _order(one), "CEB411Message": _payment(one), "CEB511Message": _waybill(one),
        "CEB621Message": _list(one, bonded),
    }  # fmt: skip
    numbered = list(enumerate(one.chosen, 1))
    lines = {
        "CEB311Message": [_order_line(number, item, count) for number, (item, count) in numbered],
        "CEB621Message": [_list_line(number, item, count, bonded) for number, (item, count) in numbered],
    }
    return heads, lines


def _order(one: Purchase) -> Values:
    goods_fen = one.total("price_fen")
    return {
        **one.common(30), "orderType": "I", "orderNo": f"O{one.stem}", **one.place(), "goodsValue": yuan(goods_fen),
        "freight": yuan(one.freight_fen), "discount": "0.00", "taxTotal": "0.00", "acturalPaid": yuan(goods_fen + one.freight_fen),
        "currency": CNY, "buyerRegNo": one.account, **one.person, "payCode": one.payer.code, "payName": one.payer.name,
        "payTransactionId": f"P{one.stem}", "consignee": one.person["buyerName"],
        "consigneeTelephone": one.person["buyerTelephone"], "consigneeAddress": one.address,
    }  # fmt: skip


def _payment(one: Purchase) -> Values:
    return {
        **one.common(25), "payCode": one.payer.code, "payName": one.payer.name, "payTransactionId": f"P{one.stem}",
        "orderNo": f"O{one.stem}", "ebpCode": one.platform.code, "ebpName": one.platform.name, "payerIdType": "1",
        "payerIdNumber": one.person["buyerIdNumber"], "payerName": one.person["buyerName"],
        "telephone": one.person["buyerTelephone"], "amountPaid": yuan(one.total("price_fen") + one.freight_fen),
        "currency": CNY, "payTime": stamp(one.at - timedelta(minutes=28)),
    }  # fmt: skip


def _waybill(one: Purchase) -> Values:
    return {
        **one.common(10), "logisticsCode": one.carrier.code, "logisticsName": one.carrier.name, "logisticsNo": f"W{one.stem}",
        "orderNo": f"O{one.stem}", "freight": yuan(one.freight_fen), "insuredFee": "0.00", "currency": CNY,
        "weight": kilos(one.total("gross_g")), "packNo": "1", "goodsInfo": str(one.chosen[0][0]["name_zh"])[:60],
        "consignee": one.person["buyerName"], "consigneeAddress": one.address,
        "consigneeTelephone": one.person["buyerTelephone"],
    }  # fmt: skip


def _list(one: Purchase, bonded: bool) -> Values:
    """The list: a bonded one names its account book and warehouse, a direct one its flight."""
    office = one.plan.customs_codes[0]
    flight = {"trafNo": "CA0001", "voyageNo": f"CA{one.at:%j}", "billNo": f"999-{one.stem[-8:]}"}
    area = {"areaCode": one.warehouse.code, "areaName": one.warehouse.name}
    return {
        **one.common(0), "orderNo": f"O{one.stem}", **one.place(), "logisticsNo": f"W{one.stem}",
        "logisticsCode": one.carrier.code, "logisticsName": one.carrier.name, "copNo": f"C{one.stem}",
        "assureCode": one.platform.code, **({"emsNo": _area(one)["emsNo"]} if bonded else {}), "ieFlag": "I",
        "declTime": f"{one.at:%Y%m%d}", "customsCode": office, "portCode": office, **one.person,
        "consigneeAddress": one.address, "agentCode": one.agent.code, "agentName": one.agent.name, **(area if bonded else {}),
        "tradeMode": one.mode, "trafMode": "W" if bonded else "5", **({} if bonded else flight),
        "country": CNY if bonded else str(one.chosen[0][0]["origin"]), "freight": yuan(one.freight_fen), "insuredFee": "0.00",
        "currency": CNY, "packNo": "1", "grossWeight": kilos(one.total("gross_g")), "netWeight": kilos(one.total("net_g")),
    }  # fmt: skip


def _order_line(number: int, item: dict[str, object], count: int) -> Values:
    price_fen = int(str(item["price_fen"]))
    return {
        "gnum": str(number), "itemNo": str(item["goods_id"]), "itemName": str(item["name_zh"]),
        "gmodel": str(item["spec"]) or "无", "unit": str(item["unit"]), "qty": str(count), "price": yuan(price_fen),
        "totalPrice": yuan(price_fen * count), "currency": CNY, "country": str(item["origin"]),
    }  # fmt: skip


def _list_line(number: int, item: dict[str, object], count: int, bonded: bool) -> Values:
    price_fen, grams = int(str(item["price_fen"])), int(str(item["net_g"]))
    return {
        "gnum": str(number), **({"itemRecordNo": f"R{item['goods_id']}"} if bonded else {}), "itemNo": str(item["goods_id"]),
        "gcode": str(item["hs10"]), "gname": str(item["name_zh"]), "gmodel": str(item["spec"]) or "无", "barCode": "无",
        "country": str(item["origin"]), "currency": CNY, "qty": str(count), "unit": str(item["unit"]),
        "qty1": kilos(grams * count), "unit1": "035", "price": yuan(price_fen), "totalPrice": yuan(price_fen * count),
    }  # fmt: skip


def exports(one: Purchase) -> Papers:
    """CEB303, CEB505 and CEB603; from a special area (1210) with its book and the firm in the area (R-307)."""
    bonded = one.mode == "1210"
    names = ("gnum", "itemNo", "itemName", "unit", "currency", "qty", "price", "totalPrice")
    numbered = list(enumerate(one.chosen, 1))
    ordered = [_order_line(number, item, count) for number, (item, count) in numbered]
    lines = {
        "CEB303Message": [{name: line[name] for name in names} for line in ordered],
        "CEB603Message": [{**_list_line(number, item, count, bonded), "country": UNITED_STATES} for number, (item, count) in numbered],
    }  # fmt: skip
    heads = {
        "CEB303Message": _export_order(one),
        "CEB505Message": _export_waybill(one),
        "CEB603Message": _export_list(one) | (_area(one) if bonded else {}),
    }
    return heads, lines


def _export_order(one: Purchase) -> Values:
    return {
        **one.common(30), "orderType": EXPORT_ORDER[one.mode], "orderNo": f"E{one.stem}", **one.place(),
        "goodsValue": yuan(one.total("price_fen")), "freight": yuan(one.freight_fen), "currency": CNY,
    }  # fmt: skip


def _export_waybill(one: Purchase) -> Values:
    return {
        **one.common(10), "logisticsCode": one.carrier.code, "logisticsName": one.carrier.name, "logisticsNo": f"X{one.stem}",
        "freight": yuan(one.freight_fen), "insuredFee": "0.00", "currency": CNY, "grossWeight": kilos(one.total("gross_g")),
        "packNo": "1", "goodsInfo": str(one.chosen[0][0]["name_zh"])[:60],
    }  # fmt: skip


def _area(one: Purchase) -> Values:
    return {"emsNo": f"T{one.plan.adcode}W000001", "iacCode": one.warehouse.code, "iacName": one.warehouse.name}


def _export_list(one: Purchase) -> Values:
    office = one.plan.customs_codes[0]
    return {
        **one.common(0), "customsCode": office, "ebpCode": one.platform.code, "ebpName": one.platform.name,
        "orderNo": f"E{one.stem}", "logisticsCode": one.carrier.code, "logisticsName": one.carrier.name,
        "logisticsNo": f"X{one.stem}", "copNo": f"C{one.stem}", "ieFlag": "E", "portCode": office, "ieDate": f"{one.at:%Y%m%d}",
        "statisticsFlag": one.rng.choice("AB"), "agentCode": one.agent.code, "agentName": one.agent.name,
        "ebcCode": one.seller.code, "ebcName": one.seller.name, "ownerCode": one.seller.code, "ownerName": one.seller.name,
        "tradeMode": one.mode, "trafMode": "3", "country": UNITED_STATES, "POD": UNITED_STATES, "freight": yuan(one.freight_fen),
        "fCurrency": CNY, "fFlag": "3", "insuredFee": "0.00", "iCurrency": CNY, "iFlag": "3", "wrapType": "2", "packNo": "1",
        "grossWeight": kilos(one.total("gross_g")), "netWeight": kilos(one.total("net_g")),
    }  # fmt: skip

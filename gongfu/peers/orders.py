"""One imagined purchase: what its platform, payment firm, carrier and declaring agent would each say about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import polars as pl

from gongfu.core.ceb.samples import guid
from gongfu.peers.firms import Firm, firms, id_number
from gongfu.reference.tables import table
from gongfu.zones.plan import Plan

CNY = "142"
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "安宁和平思远知行若水"
STREETS = ("演示路", "试验街", "样例大道")
EXPORT_ORDER = {"9610": "E", "1210": "E", "9710": "B", "9810": "W"}
Values = dict[str, str]


@dataclass(slots=True)
class Unit:
    """One purchase: the heads of its documents by message type, its goods lines, and the fault planted in it."""

    number: int
    mode: str
    export: bool
    platform: Firm
    seller: Firm
    payer: Firm
    carrier: Firm
    agent: Firm
    heads: dict[str, Values] = field(default_factory=dict)
    lines: dict[str, list[Values]] = field(default_factory=dict)
    fault: str = ""

    @property
    def order_no(self) -> str:
        return next(iter(self.heads.values()))["orderNo"]


def goods() -> list[dict[str, object]]:
    return table("goods_samples").with_columns(pl.col("price_fen", "net_g", "gross_g").cast(pl.Int64)).to_dicts()


def yuan(amount_fen: int) -> str:
    return f"{Decimal(amount_fen) / 100:.2f}"


def kilos(grams: int) -> str:
    return f"{Decimal(grams) / 1000:.3f}"


def make(
    plan: Plan,
    number: int,
    rng: Random,
    at: datetime,
    stock: list[dict[str, object]],
    mode: str,
    export: bool,
    buyers: int,
    known: dict[str, list[Firm]] | None = None,
) -> Unit:
    """A sound purchase of `number` in a zone, ordered some minutes before `at` (Beijing time)."""
    known = known or firms(plan)
    unit = Unit(
        number,
        mode,
        export,
        rng.choice(known["platform"]),
        rng.choice(known["ecommerce"]),
        rng.choice(known["payment"]),
        rng.choice(known["logistics"]),
        rng.choice(known["declarant"]),
    )
    chosen = [(rng.choice(stock), rng.choice((1, 1, 1, 2, 3))) for _ in range(rng.choice((1, 1, 2, 3)))]
    freight = rng.choice((0, 0, 500, 1000, 1500))
    stem = f"{plan.adcode}{at:%y%m%d}{number:07d}"
    if export:
        _export(unit, plan, rng, at, chosen, freight, stem)
    else:
        _import(unit, plan, rng, at, chosen, freight, stem, rng.randrange(buyers))
    return unit


def stamp(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S")


def common(rng: Random, at: datetime) -> Values:
    return {"guid": guid(rng), "appType": "1", "appTime": stamp(at), "appStatus": "2"}


def _import(
    unit: Unit,
    plan: Plan,
    rng: Random,
    at: datetime,
    chosen: list[tuple[dict[str, object], int]],
    freight: int,
    stem: str,
    buyer: int,
) -> None:
    person = {
        "buyerIdType": "1",
        "buyerIdNumber": id_number(plan.adcode, buyer),
        "buyerName": SURNAMES[buyer % 10] + GIVEN[buyer // 10 % 10] + GIVEN[buyer // 100 % 10],
        "buyerTelephone": f"139{buyer:08d}"[:11],
    }
    address = f"四川省{plan.short}市{STREETS[buyer % 3]}{buyer}号"
    total = sum(int(str(one["price_fen"])) * count for one, count in chosen)
    gross = sum(int(str(one["gross_g"])) * count for one, count in chosen)
    net = sum(int(str(one["net_g"])) * count for one, count in chosen)
    place = {
        "ebpCode": unit.platform.code,
        "ebpName": unit.platform.name,
        "ebcCode": unit.seller.code,
        "ebcName": unit.seller.name,
    }
    paid_no, way_no = f"P{stem}", f"W{stem}"
    unit.heads["CEB311Message"] = {
        **common(rng, at - timedelta(minutes=30)),
        "orderType": "I",
        "orderNo": f"O{stem}",
        **place,
        "goodsValue": yuan(total),
        "freight": yuan(freight),
        "discount": "0.00",
        "taxTotal": "0.00",
        "acturalPaid": yuan(total + freight),
        "currency": CNY,
        "buyerRegNo": f"U{buyer}",
        **{name: person[name] for name in ("buyerName", "buyerTelephone", "buyerIdType", "buyerIdNumber")},
        "payCode": unit.payer.code,
        "payName": unit.payer.name,
        "payTransactionId": paid_no,
        "consignee": person["buyerName"],
        "consigneeTelephone": person["buyerTelephone"],
        "consigneeAddress": address,
    }
    unit.heads["CEB411Message"] = {
        **common(rng, at - timedelta(minutes=25)),
        "payCode": unit.payer.code,
        "payName": unit.payer.name,
        "payTransactionId": paid_no,
        "orderNo": f"O{stem}",
        "ebpCode": unit.platform.code,
        "ebpName": unit.platform.name,
        "payerIdType": "1",
        "payerIdNumber": person["buyerIdNumber"],
        "payerName": person["buyerName"],
        "telephone": person["buyerTelephone"],
        "amountPaid": yuan(total + freight),
        "currency": CNY,
        "payTime": stamp(at - timedelta(minutes=28)),
    }
    unit.heads["CEB511Message"] = {
        **common(rng, at - timedelta(minutes=10)),
        "logisticsCode": unit.carrier.code,
        "logisticsName": unit.carrier.name,
        "logisticsNo": way_no,
        "orderNo": f"O{stem}",
        "freight": yuan(freight),
        "insuredFee": "0.00",
        "currency": CNY,
        "weight": kilos(gross),
        "packNo": "1",
        "goodsInfo": str(chosen[0][0]["name_zh"])[:60],
        "consignee": person["buyerName"],
        "consigneeAddress": address,
        "consigneeTelephone": person["buyerTelephone"],
    }
    bonded = unit.mode == "1210"
    travel = (
        {"trafMode": "W"}
        if bonded
        else {"trafMode": "5", "trafNo": "CA0001", "voyageNo": f"CA{number_of(at)}", "billNo": f"999-{stem[-8:]}"}
    )
    house = firms(plan)["warehouse"][0]
    area = {"areaCode": house.code, "areaName": house.name} if bonded else {}
    head = {
        **common(rng, at),
        "orderNo": f"O{stem}",
        **place,
        "logisticsNo": way_no,
        "logisticsCode": unit.carrier.code,
        "logisticsName": unit.carrier.name,
        "copNo": f"C{stem}",
        "assureCode": unit.platform.code,
        **({"emsNo": f"T{plan.adcode}W000001"} if bonded else {}),
        "ieFlag": "I",
        "declTime": f"{at:%Y%m%d}",
        "customsCode": plan.customs_codes[0],
        "portCode": plan.customs_codes[0],
        **person,
        "consigneeAddress": address,
        "agentCode": unit.agent.code,
        "agentName": unit.agent.name,
        **area,
        "tradeMode": unit.mode,
        **travel,
        "country": CNY if bonded else str(chosen[0][0]["origin"]),
        "freight": yuan(freight),
        "insuredFee": "0.00",
        "currency": CNY,
        "packNo": "1",
        "grossWeight": kilos(gross),
        "netWeight": kilos(net),
    }
    unit.heads["CEB621Message"] = head
    unit.lines["CEB311Message"] = [_order_line(index, one, count) for index, (one, count) in enumerate(chosen, 1)]
    unit.lines["CEB621Message"] = [
        _list_line(index, one, count, bonded) for index, (one, count) in enumerate(chosen, 1)
    ]


def number_of(at: datetime) -> str:
    return f"{at.timetuple().tm_yday:03d}"


def _order_line(index: int, one: dict[str, object], count: int) -> Values:
    price = int(str(one["price_fen"]))
    return {
        "gnum": str(index),
        "itemNo": str(one["goods_id"]),
        "itemName": str(one["name_zh"]),
        "gmodel": str(one["spec"]) or "无",
        "unit": str(one["unit"]),
        "qty": str(count),
        "price": yuan(price),
        "totalPrice": yuan(price * count),
        "currency": CNY,
        "country": str(one["origin"]),
    }


def _list_line(index: int, one: dict[str, object], count: int, bonded: bool) -> Values:
    price, grams = int(str(one["price_fen"])), int(str(one["net_g"]))
    record = {"itemRecordNo": f"R{one['goods_id']}"} if bonded else {}
    return {
        "gnum": str(index),
        **record,
        "itemNo": str(one["goods_id"]),
        "gcode": str(one["hs10"]),
        "gname": str(one["name_zh"]),
        "gmodel": str(one["spec"]) or "无",
        "barCode": "无",
        "country": str(one["origin"]),
        "currency": CNY,
        "qty": str(count),
        "unit": str(one["unit"]),
        "qty1": kilos(grams * count),
        "unit1": "035",
        "price": yuan(price),
        "totalPrice": yuan(price * count),
    }


def _export(
    unit: Unit,
    plan: Plan,
    rng: Random,
    at: datetime,
    chosen: list[tuple[dict[str, object], int]],
    freight: int,
    stem: str,
) -> None:
    total = sum(int(str(one["price_fen"])) * count for one, count in chosen)
    gross = sum(int(str(one["gross_g"])) * count for one, count in chosen)
    net = sum(int(str(one["net_g"])) * count for one, count in chosen)
    place = {
        "ebpCode": unit.platform.code,
        "ebpName": unit.platform.name,
        "ebcCode": unit.seller.code,
        "ebcName": unit.seller.name,
    }
    unit.heads["CEB303Message"] = {
        **common(rng, at - timedelta(minutes=30)),
        "orderType": EXPORT_ORDER[unit.mode],
        "orderNo": f"E{stem}",
        **place,
        "goodsValue": yuan(total),
        "freight": yuan(freight),
        "currency": CNY,
    }
    unit.heads["CEB505Message"] = {
        **common(rng, at - timedelta(minutes=10)),
        "logisticsCode": unit.carrier.code,
        "logisticsName": unit.carrier.name,
        "logisticsNo": f"X{stem}",
        "freight": yuan(freight),
        "insuredFee": "0.00",
        "currency": CNY,
        "grossWeight": kilos(gross),
        "packNo": "1",
        "goodsInfo": str(chosen[0][0]["name_zh"])[:60],
    }
    unit.heads["CEB603Message"] = {
        **common(rng, at),
        "customsCode": plan.customs_codes[0],
        "ebpCode": unit.platform.code,
        "ebpName": unit.platform.name,
        "orderNo": f"E{stem}",
        "logisticsCode": unit.carrier.code,
        "logisticsName": unit.carrier.name,
        "logisticsNo": f"X{stem}",
        "copNo": f"C{stem}",
        "ieFlag": "E",
        "portCode": plan.customs_codes[0],
        "ieDate": f"{at:%Y%m%d}",
        "statisticsFlag": rng.choice("AB"),
        "agentCode": unit.agent.code,
        "agentName": unit.agent.name,
        "ebcCode": unit.seller.code,
        "ebcName": unit.seller.name,
        "ownerCode": unit.seller.code,
        "ownerName": unit.seller.name,
        "tradeMode": unit.mode,
        "trafMode": "3",
        "trafName": "",
        "voyageNo": "",
        "billNo": "",
        "totalPackageNo": "",
        "country": "502",
        "POD": "502",
        "freight": yuan(freight),
        "fCurrency": CNY,
        "fFlag": "3",
        "insuredFee": "0.00",
        "iCurrency": CNY,
        "iFlag": "3",
        "wrapType": "2",
        "packNo": "1",
        "grossWeight": kilos(gross),
        "netWeight": kilos(net),
    }
    lines = [_order_line(index, one, count) for index, (one, count) in enumerate(chosen, 1)]
    unit.lines["CEB303Message"] = [
        {name: line[name] for name in ("gnum", "itemNo", "itemName", "unit", "currency", "qty", "price", "totalPrice")}
        for line in lines
    ]
    unit.lines["CEB603Message"] = [
        {**_list_line(index, one, count, False), "country": "502"} for index, (one, count) in enumerate(chosen, 1)
    ]

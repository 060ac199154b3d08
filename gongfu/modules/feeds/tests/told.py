"""Actors, feeds and files that the tests of feeds share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.clock import standing_at
from gongfu.modules.feeds import actions, taking
from gongfu.modules.feeds.models import Delivery, Feed

COMMON = frozenset({"cases.open", "cases.move", "cases.save"})
OFFICE = Actor(
    "person:1", "zone", COMMON | {"feeds.read", "feeds.deliver", "feeds.declare", "feeds.register", "feeds.amend", "feeds.propose", "feeds.approve"},
    ("nanchong",), (), "zone.office",
)  # fmt: skip
SECOND = Actor("person:2", "zone", OFFICE.may, ("nanchong",), (), "officer.commerce")
ELSEWHERE = Actor("person:3", "zone", OFFICE.may, ("meishan",), (), "zone.office")
PARCELS = 'waybill_no = 运单号\nsender = 寄件人\nconsignee_address = 收件地址\nebp_code = 平台\norder_no = 订单号\ngoods = 品名\nhs4 = 税号\nquantity = 数量\namount = 金额\ncurrency = "CNY"\nweight_kg = 克重 | unit 0.001\ncountry = 目的国 | table 美国:502; 日本:116\nposted_on = 日期 | date %Y%m%d\n'
LEGACY = 'table = "orders"\nnumber = 编号\ntitle = 标题\namount = 金额\n'
HEAD = "运单号,寄件人,收件地址,平台,订单号,品名,税号,数量,金额,克重,目的国,日期\n"
DAILY = {"every": "1", "unit": "day", "due_at": "09:00", "working_days": "是", "grace_minutes": "60"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def feed(
    code: str = "post",
    kind: str = "parcels",
    mapping: str = PARCELS,
    form: str = "csv",
    at: str = "2026-11-02 08:00",
    **more: str,
) -> Feed:
    """A registered feed; Monday 2026-11-02 unless told."""
    raw = {
        "code": code,
        "kind": kind,
        "title": "邮政",
        "desk": "commerce",
        "form": form,
        "mapping": mapping,
        **DAILY,
        **more,
    }
    with standing_at(moment(at)):
        made = actions.register(OFFICE, raw)
    assert made.feed is not None, made.findings
    return made.feed


def deliver(
    code: str, data: bytes | str, name: str = "rows.csv", at: str = "2026-11-03 08:30", **more: Any
) -> Delivery:
    """Take a delivery in and read it."""
    with standing_at(moment(at)):
        taken = actions.receive(
            OFFICE, code, data.encode() if isinstance(data, str) else data, name, channel="page", **more
        )
        assert taken.delivery is not None, taken.finding
        taking.take_up(WORKER, taken.delivery.pk)
    taken.delivery.refresh_from_db()
    return taken.delivery


def parcel(
    number: str = "EX1",
    sender: str = "王小明",
    to: str = "加州 1 号",
    platform: str = "",
    order: str = "",
    weight: str = "500",
    day: str = "20261103",
    amount: str = "12.50",
) -> str:
    return f"{number},{sender},{to},{platform},{order},茶叶,0902,1,{amount},{weight},美国,{day}\n"

"""Life events: what happens to people and firms, under which they look for a service without knowing its name."""

from __future__ import annotations

EVENTS = {
    "start": ("开办企业", "Starting up"),
    "export": ("第一次出口", "A first export"),
    "money": ("收汇、退税与融资", "Getting paid, refunds and finance"),
    "people": ("招人与培训", "People and training"),
    "grow": ("扩大业务", "Growing"),
    "data": ("要数据、要协同", "Data and cooperation"),
    "trouble": ("遇到问题", "Something went wrong"),
    "change": ("变更与退出", "Changing and closing"),
    "other": ("其他", "Other"),
}

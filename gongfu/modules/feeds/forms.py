"""What an officer says when registering a feed or changing when it is due."""

from __future__ import annotations

from gongfu.base.tasks.desks import desks
from gongfu.core.fields import Field
from gongfu.modules.feeds.flows import MAPPED
from gongfu.modules.feeds.kinds import kinds
from gongfu.modules.feeds.readers import FORMS
from gongfu.modules.feeds.schedules import UNITS

Fields = tuple[Field, ...]


def schedule() -> Fields:
    """When deliveries are due."""
    units = tuple((code, zh, en) for code, (zh, en) in UNITS.items())
    return (
        Field("title", "名称", "Title", longest=100),
        Field("every", "每隔", "Every", "whole", least=1, most=720),
        Field("unit", "单位", "Unit", "choice", choices=units),
        Field("due_at", "应到时刻", "Due at", longest=5, needed=False, only=("unit", ("day", "天", "days")), help="如 09:00，北京时间。", help_en="Such as 09:00, Beijing time."),
        Field("working_days", "仅工作日", "Working days only", "yes", needed=False),
        Field("grace_minutes", "宽限(分钟)", "Grace in minutes", "whole", least=0, most=10_080, help="过了应到时刻再等多久转红。", help_en="Minutes after the due moment until it turns red."),
    )  # fmt: skip


def amendment() -> Fields:
    """What may change without a case: the schedule, and whether the feed is in use."""
    choices = (("yes", "是", "Yes"), ("no", "否，停用", "No, out of use"))
    return (*schedule(), Field("active", "启用", "In use", "choice", choices=choices))


def registration() -> Fields:
    """A new feed: what, whose, in which form, when, and how columns become fields."""
    listed = tuple((one.code, one.title_zh, one.title_en) for one in kinds().values())
    owners = tuple((one.code, one.title, one.title_en) for one in desks().values())
    forms = tuple((one, one.upper(), one.upper()) for one in FORMS)
    return (
        Field("code", "接入编号", "Code", longest=40, help="小写字母、数字、连字符。", help_en="Small letters, digits, hyphens."),
        Field("kind", "种类", "Kind", "choice", choices=listed),
        Field("desk", "责任部门", "Desk", "choice", needed=False, choices=owners, help="部门和企业只填一个。", help_en="Either a desk or a firm."),
        Field("party_code", "提供企业", "Firm", "uscc", needed=False, help="用它的接入密钥送达。", help_en="It delivers with its own key."),
        Field("form", "格式", "Form", "choice", choices=forms),
        *schedule(),
        *MAPPED,
    )  # fmt: skip

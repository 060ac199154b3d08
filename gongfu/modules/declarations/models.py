"""Lists (清单) of every mode, their lines, moves, and what needs a person's eye."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Now, Upper

from gongfu.base.kit.models import ZoneModel


class Declaration(ZoneModel):
    """申报清单 (CEB621, CEB603): figures and keyed hashes; `state` is a copy of the fold of its moves."""

    OWNERS = ("agent_code", "ebc_code", "ebp_code", "sender_code")
    message_id = models.BigIntegerField("报文")
    sender_code = models.CharField("发送方", max_length=18)
    guid = models.CharField("系统唯一序号", max_length=36)
    flow = models.CharField("进出口", max_length=1)
    mode = models.CharField("监管方式", max_length=4)
    ebp_code = models.CharField("电商平台代码", max_length=18)
    order_no = models.CharField("订单编号", max_length=60)
    ebc_code = models.CharField("电商企业代码", max_length=18)
    logistics_code = models.CharField("物流企业代码", max_length=18)
    logistics_no = models.CharField("物流运单编号", max_length=60)
    agent_code = models.CharField("申报企业代码", max_length=18)
    assure_code = models.CharField("担保企业编号", max_length=30, blank=True)
    customs_code = models.CharField("申报海关", max_length=4)
    local_ref_no = models.CharField("企业内部编号", max_length=30, blank=True)
    ems_no = models.CharField("账册编号", max_length=30, blank=True, db_default="")
    site = models.CharField("监管场所", max_length=40, blank=True, db_default="")
    pre_no = models.CharField("预录入编号", max_length=18, blank=True)
    invt_no = models.CharField("清单编号", max_length=20, blank=True)
    lane = models.CharField("通道", max_length=10, blank=True)
    country = models.CharField("起运/运抵国", max_length=3, blank=True)
    currency = models.CharField("币制", max_length=3)
    goods_fen = models.BigIntegerField("商品价格")
    freight_fen = models.BigIntegerField("运费")
    insured_fen = models.BigIntegerField("保费")
    gross_g = models.BigIntegerField("毛重(克)")
    buyer_key = models.CharField("订购人", max_length=32, blank=True)
    quota_key = models.CharField("额度户主", max_length=32, blank=True)
    address_key = models.CharField("收货地址", max_length=32, blank=True)
    declared_on = models.DateField("申报日期")
    declared_at = models.DateTimeField("报送时间")
    received_at = models.DateTimeField("接收时间")
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    state = models.CharField("状态", max_length=12)
    # Copies of the state for the indexes: they change seldom, so that most updates touch no index at all.
    live = models.BooleanField("占用订单", db_default=True)
    hold = models.BooleanField("暂缓", db_default=False)
    reason = models.CharField("原因代码", max_length=40, blank=True)
    passed = ArrayField(models.CharField(max_length=40), verbose_name="人工放过的原因", default=list, db_default=[])
    findings = models.JSONField("校验结果", default=list)
    match = models.JSONField("三单比对", default=list)
    returned_at = models.CharField("最新回执时间", max_length=17, blank=True)
    released_at = models.DateTimeField("放行时间", null=True)

    class Meta:
        verbose_name = "清单"
        constraints = [
            models.UniqueConstraint(
                fields=["order_no", "ebp_code"],
                name="declarations_one_per_order",
                condition=models.Q(live=True),
            ),
        ]
        indexes = [
            models.Index(Upper("guid"), name="declarations_guid_upper"),
            models.Index(fields=["order_no", "ebp_code"], name="declarations_order"),
            models.Index(fields=["zone", "received_at"], name="declarations_day"),
            models.Index(fields=["logistics_no", "logistics_code"], name="declarations_waybill"),
            models.Index(fields=["local_ref_no"], condition=~models.Q(local_ref_no=""), name="declarations_local"),
            models.Index(fields=["invt_no"], condition=~models.Q(invt_no=""), name="declarations_number"),
            models.Index(fields=["pre_no"], condition=~models.Q(pre_no=""), name="declarations_entered"),
            models.Index(fields=["agent_code", "-id"], name="declarations_agent"),
            # A firm's rows are those of any of its parts: one index each, which PostgreSQL joins.
            models.Index(fields=["ebc_code"], name="declarations_seller"),
            models.Index(fields=["ebp_code"], name="declarations_platform"),
            models.Index(fields=["sender_code"], name="declarations_sender"),
            models.Index(fields=["message_id"], name="declarations_message"),
            models.Index(fields=["assure_code"], condition=models.Q(hold=True), name="declarations_held"),
            models.Index(fields=["ems_no"], condition=models.Q(hold=True), name="declarations_held_book"),
            models.Index(fields=["zone", "site", "state"], condition=~models.Q(site=""), name="declarations_site"),
        ]


class Line(models.Model):
    """One goods line of a list."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="lines")
    gnum = models.SmallIntegerField("序号")
    item_no = models.CharField("货号", max_length=30, blank=True)
    record_no = models.CharField("账册备案料号", max_length=30, blank=True, db_default="")
    hs10 = models.CharField("商品编码", max_length=10)
    name = models.CharField("商品名称", max_length=250)
    model = models.CharField("规格型号", max_length=510)
    country = models.CharField("原产国/目的国", max_length=3)
    qty = models.DecimalField("数量", max_digits=19, decimal_places=5)
    unit = models.CharField("单位", max_length=3)
    qty1 = models.DecimalField("法定数量", max_digits=19, decimal_places=5)
    unit1 = models.CharField("法定单位", max_length=3)
    price = models.DecimalField("单价", max_digits=19, decimal_places=5)
    total_fen = models.BigIntegerField("总价")
    currency = models.CharField("币制", max_length=3, db_default="142")

    class Meta:
        verbose_name = "清单商品"
        constraints = [models.UniqueConstraint(fields=["declaration", "gnum"], name="declarations_line_once")]


class Move(models.Model):
    """One change of state: who, when by the database's clock, from where, why, and what it was before (I13)."""

    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="moves")
    before = models.CharField("原状态", max_length=12)
    state = models.CharField("新状态", max_length=12)
    actor = models.CharField("操作人", max_length=80)
    origin = models.CharField("来源", max_length=10)
    why = models.CharField("原因", max_length=300, blank=True)
    returned_at = models.CharField("回执时间", max_length=17, blank=True)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "清单状态变更"
        indexes = [models.Index(fields=["declaration", "id"], name="declarations_move_of")]
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"], condition=models.Q(state="released"), name="declarations_released_once"
            ),
        ]


class FollowUp(ZoneModel):
    """后续单证: what is handed in about lists that were declared, or about parcels (cancellation, return, arrival, summary …).

    `kind` is its message type; `state` is a copy of the fold of its moves (flows.FOLLOW_UP).
    """

    OWNERS = ("agent_code", "ebc_code", "sender_code")
    message_id = models.BigIntegerField("报文")
    sender_code = models.CharField("发送方", max_length=18)
    guid = models.CharField("系统唯一序号", max_length=36)
    kind = models.CharField("单证类型", max_length=14)
    number = models.CharField("企业内部编号", max_length=40)
    official_no = models.CharField("官方编号", max_length=20, blank=True)
    declaration = models.ForeignKey(Declaration, models.PROTECT, null=True, related_name="follow_ups")
    agent_code = models.CharField("申报企业代码", max_length=18, blank=True)
    ebc_code = models.CharField("电商企业代码", max_length=18, blank=True)
    customs_code = models.CharField("申报海关", max_length=4, blank=True)
    facts = models.JSONField("要素", default=dict)
    said_at = models.DateTimeField("报送时间")
    received_at = models.DateTimeField("接收时间")
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    state = models.CharField("状态", max_length=12)
    live = models.BooleanField("有效", db_default=True)
    reason = models.CharField("原因代码", max_length=40, blank=True)
    findings = models.JSONField("校验结果", default=list)
    returned_at = models.CharField("最新回执时间", max_length=17, blank=True)
    concluded_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = "后续单证"
        constraints = [
            models.UniqueConstraint(
                fields=["sender_code", "kind", "number"],
                condition=models.Q(live=True),
                name="declarations_follow_up_once",
            ),
        ]
        indexes = [
            models.Index(Upper("guid"), name="declarations_followed_guid"),
            models.Index(fields=["zone", "kind", "-id"], name="declarations_follow_up_zone"),
            models.Index(fields=["agent_code", "-id"], name="declarations_follow_up_agent"),
            models.Index(fields=["message_id"], name="declarations_follow_up_message"),
            models.Index(fields=["official_no"], condition=~models.Q(official_no=""), name="declarations_official"),
            models.Index(fields=["number"], name="declarations_follow_up_no"),
            models.Index(KT("facts__billNo"), condition=models.Q(facts__has_key="billNo"), name="declarations_followed_bill"),
        ]


class FollowUpLine(models.Model):
    """One line: goods of a list that come back, a list that is summarised, a parcel that arrived or left."""

    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="lines")
    gnum = models.IntegerField("序号")
    declaration = models.ForeignKey(Declaration, models.PROTECT, null=True, related_name="followed")
    of_gnum = models.IntegerField("原清单序号", null=True)
    waybill_no = models.CharField("物流运单编号", max_length=80, blank=True)
    hs10 = models.CharField("商品编码", max_length=10, blank=True)
    qty = models.DecimalField("数量", max_digits=19, decimal_places=5, null=True)
    unit = models.CharField("单位", max_length=3, blank=True)
    facts = models.JSONField("要素", default=dict)

    class Meta:
        verbose_name = "后续单证明细"
        constraints = [models.UniqueConstraint(fields=["follow_up", "gnum"], name="declarations_follow_up_line_once")]
        indexes = [
            models.Index(fields=["waybill_no"], condition=~models.Q(waybill_no=""), name="declarations_followed_parcel")
        ]


class FollowUpMove(models.Model):
    """One change of a follow-up document's state: who, when, from where, why, and what it was before (I13)."""

    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="moves")
    before = models.CharField("原状态", max_length=12)
    state = models.CharField("新状态", max_length=12)
    actor = models.CharField("操作人", max_length=80)
    origin = models.CharField("来源", max_length=10)
    why = models.CharField("原因", max_length=300, blank=True)
    returned_at = models.CharField("回执时间", max_length=17, blank=True)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "后续单证状态变更"
        indexes = [models.Index(fields=["follow_up", "id"], name="declarations_follow_up_moves")]
        constraints = [
            models.UniqueConstraint(
                fields=["follow_up"], condition=models.Q(state="concluded"), name="declarations_concluded_once"
            ),
        ]


class Exported(ZoneModel):
    """What an export list has besides: how it travels, what its summary is merged by, when it was cleared and by which summary it
    is declared. One row a list, so that no list can be in two summaries (R-303)."""

    OWNERS = ("agent_code", "ebc_code")
    declaration = models.OneToOneField(Declaration, models.PROTECT, primary_key=True, related_name="exported")
    ebc_code = models.CharField("收发货人代码", max_length=18)
    agent_code = models.CharField("申报企业代码", max_length=18)
    owner_code = models.CharField("生产销售单位代码", max_length=18)
    customs_code = models.CharField("申报海关", max_length=4)
    mode = models.CharField("监管方式", max_length=4)
    lane = models.CharField("申报业务类型", max_length=1)
    traf_mode = models.CharField("运输方式", max_length=1)
    country = models.CharField("运抵国", max_length=3)
    port_code = models.CharField("出境关别", max_length=4)
    net_g = models.BigIntegerField("净重(克)")
    licence = models.BooleanField("涉许可证", default=False)
    vehicle = models.CharField("运输工具名称", max_length=100, blank=True)
    voyage_no = models.CharField("航班航次号", max_length=32, blank=True)
    bill_no = models.CharField("提运单号", max_length=37, blank=True)
    left_at = models.DateTimeField("离境时间", null=True)
    cleared_on = models.DateField("结关日期", null=True)
    summary = models.ForeignKey(FollowUp, models.PROTECT, null=True, related_name="summarised")

    class Meta:
        verbose_name = "出口清单"
        indexes = [
            models.Index(
                fields=["zone", "cleared_on", "ebc_code"],
                condition=models.Q(summary=None, lane="B", mode__in=["9610", "1210"], cleared_on__isnull=False),
                name="declarations_unsummarised",
            ),
            models.Index(fields=["bill_no"], condition=~models.Q(bill_no=""), name="declarations_bill"),
        ]


class SummaryForm(ZoneModel):
    """A declaration form that a summary became (CEB792): its number and state at customs; all parts of one 汇总统一编号 are one form."""

    OWNERS = ("agent_code", "ebc_code")
    follow_up = models.ForeignKey(FollowUp, models.PROTECT, related_name="forms")
    sum_no = models.CharField("汇总申请编号", max_length=18)
    seq_no = models.CharField("汇总统一编号", max_length=18, unique=True)
    entry_id = models.CharField("报关单编号", max_length=18, blank=True)
    state = models.CharField("报关单状态", max_length=3)
    agent_code = models.CharField("申报企业代码", max_length=18)
    ebc_code = models.CharField("收发货人代码", max_length=18)
    customs_code = models.CharField("申报海关", max_length=4)
    gross_g = models.BigIntegerField("毛重(克)")
    net_g = models.BigIntegerField("净重(克)")
    told_at = models.CharField("汇总处理时间", max_length=17)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())

    class Meta:
        verbose_name = "汇总报关单"
        indexes = [
            models.Index(fields=["sum_no"], name="declarations_form_of_summary"),
            models.Index(fields=["entry_id"], condition=~models.Q(entry_id=""), name="declarations_form_no"),
        ]


class SummaryLine(models.Model):
    """One line of a list in one line of a form: every line of a list is in one form, once."""

    form = models.ForeignKey(SummaryForm, models.PROTECT, related_name="lines")
    place = models.SmallIntegerField("表体序号")
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="formed")
    gnum = models.SmallIntegerField("清单商品项号")

    class Meta:
        verbose_name = "汇总报关单商品"
        constraints = [models.UniqueConstraint(fields=["declaration", "gnum"], name="declarations_summed_once")]


class StockEvent(ZoneModel):
    """What became of goods in an overseas warehouse: sold, transferred, returned, destroyed or lost; each names its document (R-408)."""

    OWNERS = ("ebc_code",)
    line = models.ForeignKey(Line, models.PROTECT, related_name="stock_events")
    ebc_code = models.CharField("收发货人代码", max_length=18)
    kind = models.CharField("去向", max_length=12)
    qty = models.DecimalField("数量", max_digits=19, decimal_places=5)
    happened_on = models.DateField("日期")
    document = models.CharField("单证号", max_length=60)
    platform = models.CharField("销售平台", max_length=100, blank=True)
    price = models.DecimalField("单价", max_digits=19, decimal_places=5, null=True)
    currency = models.CharField("币制", max_length=3, blank=True)
    country = models.CharField("国家", max_length=3, blank=True)
    recorded_by = models.CharField("登记人", max_length=80)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())

    class Meta:
        verbose_name = "海外仓去向"
        constraints = [
            models.UniqueConstraint(fields=["line", "kind", "document"], name="declarations_stock_event_once"),
            models.CheckConstraint(condition=models.Q(qty__gt=0), name="declarations_stock_event_some"),
        ]


class StockReport(ZoneModel):
    """The stock that an exporter counted of one declared line on a day, and that adds up with what became of the rest (R-408)."""

    OWNERS = ("ebc_code",)
    line = models.ForeignKey(Line, models.PROTECT, related_name="stock_reports")
    ebc_code = models.CharField("收发货人代码", max_length=18)
    counted_on = models.DateField("盘点日期")
    on_hand = models.DecimalField("在库", max_digits=19, decimal_places=5)
    recorded_by = models.CharField("登记人", max_length=80)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())

    class Meta:
        verbose_name = "海外仓盘点"
        constraints = [models.UniqueConstraint(fields=["line", "counted_on"], name="declarations_counted_once")]


class Orphan(ZoneModel):
    """A receipt that names no list of ours: kept for a person to look at, never dropped."""

    message_id = models.BigIntegerField("报文")
    type = models.CharField("回执类型", max_length=20)
    guid = models.CharField("单证序号", max_length=36)
    status = models.CharField("回执状态", max_length=10)
    returned_at = models.CharField("回执时间", max_length=17)
    info = models.CharField("回执信息", max_length=1000)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())

    class Meta:
        verbose_name = "无主回执"


class Difference(ZoneModel):
    """A reconciliation item: the official answer differs from ours; theirs holds (R-005)."""

    OWNERS = ("agent_code",)
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="reconciliations")
    agent_code = models.CharField("申报企业代码", max_length=18)
    kind = models.CharField("种类", max_length=20)
    ours = models.CharField("平台", max_length=200)
    theirs = models.CharField("官方", max_length=200)
    recorded_at = models.DateTimeField("发现时间", db_default=Now())

    class Meta:
        verbose_name = "对账差异"
        constraints = [
            models.UniqueConstraint(fields=["declaration", "kind", "theirs"], name="declarations_difference_once"),
        ]


class BookItem(ZoneModel):
    """One item (料号) of a bonded account book kept here; its balance is the ledger account (`bonded_book`, ems_no, record_no).

    unit: the item's own unit, the statutory one as a rule; amounts of the ledger are hundred-thousandths of it.
    expires_first, expires_last: of what was ever put in; no last one as long as some of it never expires.
    """

    OWNERS = ("operator_code",)
    ems_no = models.CharField("账册编号", max_length=30)
    record_no = models.CharField("账册备案料号", max_length=30)
    operator_code = models.CharField("区内企业", max_length=18)
    hs10 = models.CharField("商品编码", max_length=10)
    name = models.CharField("商品名称", max_length=250)
    unit = models.CharField("计量单位", max_length=3)
    expires_first = models.DateField("最早到期", null=True)
    expires_last = models.DateField("最晚到期", null=True)
    opened_at = models.DateTimeField("建账时间", db_default=Now())

    class Meta:
        verbose_name = "账册料号"
        constraints = [models.UniqueConstraint(fields=["ems_no", "record_no"], name="declarations_book_item_once")]
        indexes = [models.Index(fields=["operator_code", "-id"], name="declarations_book_of")]


class PositiveVersion(models.Model):
    """One version of the official retail import list, whole, in force from its day until the next one's (R-201)."""

    valid_from = models.DateField("生效日期", unique=True)
    source = models.CharField("来源", max_length=200)
    sha256 = models.CharField("文件指纹", max_length=64)
    lines = models.IntegerField("税号数")
    imported_at = models.DateTimeField("导入时间", db_default=Now())

    class Meta:
        verbose_name = "正面清单版本"


class PositiveLine(models.Model):
    """One tariff line of a version, with its control: exclusion, mode, name or quantity (R-201); several rows for several controls."""

    version = models.ForeignKey(PositiveVersion, models.PROTECT, related_name="rows")
    hs8 = models.CharField("税则号列", max_length=8)
    name = models.CharField("货品名称", max_length=250)
    remark = models.CharField("备注", max_length=500, blank=True)
    control = models.CharField("控制", max_length=10, blank=True)
    mode = models.CharField("监管方式", max_length=4, blank=True)
    words = models.CharField("词语", max_length=250, blank=True)
    group = models.CharField("数量组", max_length=20, blank=True)
    limit_g = models.BigIntegerField("每人每年克数", null=True)

    class Meta:
        verbose_name = "正面清单税号"
        indexes = [models.Index(fields=["version", "hs8"], name="declarations_positive_line")]

"""Cases, their sealed steps, the desks asked to answer, notes, and the versions of their flows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from gongfu.base.access.actor import Actor
from gongfu.base.kit.models import Reach, ZoneModel, manager


class Cases(Reach["Case"]):
    """Cases by reach; a desk that is asked to answer sees the case and the one it is about, whatever its zone, and a firm the parts
    of its own cases."""

    def decided_by(self, actor: Actor) -> Reach[Case]:
        """Cases within the actor's own reach: those he may move, where he holds the permission."""
        return super().seen_by(actor)

    def seen_by(self, actor: Actor) -> Cases:
        own = models.Q(pk__in=self.decided_by(actor).values("pk"))
        if actor.role and actor.zones:
            asked = Desk.objects.filter(role=actor.role, zone__in=actor.zones).values("case_id")
            own |= models.Q(pk__in=asked)
            own |= models.Q(number__in=Case.objects.filter(pk__in=asked).exclude(about="").values("about"))
        if actor.reach == "own" and actor.party_codes:
            own |= models.Q(pk__in=Case.objects.filter(parent__party_code__in=actor.party_codes).values("pk"))
        return self.filter(own)


class Case(ZoneModel):
    """One case. `state` is a copy of the fold of its steps; `facts` holds clean values, personal ones enciphered.

    handler_code: the firm that does the work for the applicant, where the kind has one; it sees the case and makes its own moves.
    parent: the case this one is a part of, or follows from.
    """

    OWNERS = ("party_code", "handler_code")
    number = models.CharField("案号", max_length=24, unique=True)
    kind = models.CharField("事项", max_length=40)
    title = models.CharField("标题", max_length=200)
    party_code = models.CharField("申请企业", max_length=32, blank=True)
    handler_code = models.CharField("承办企业", max_length=18, blank=True, db_default="")
    opened_by = models.CharField("发起人", max_length=80)
    about = models.CharField("对象", max_length=80, blank=True)
    state = models.CharField("状态", max_length=20)
    waits_for = ArrayField(models.CharField(max_length=60), verbose_name="等待", default=list)
    facts = models.JSONField("事实", default=dict)
    findings = models.JSONField("校验结果", default=list)
    flow_version = models.CharField("流程版本", max_length=12)
    plan_version = models.CharField("方案版本", max_length=12)
    opened_at = models.DateTimeField("发起时间", db_default=Now())
    moved_at = models.DateTimeField("最近办理", db_default=Now())
    due_on = models.DateField("应办结日", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    steps_count = models.IntegerField("步数", default=0)

    last_seal: str = ""  # of the step made in this transaction, for the log
    objects: ClassVar[Any] = manager(Cases)

    class Meta:
        verbose_name = "事项"
        indexes = [
            models.Index(fields=["party_code", "-id"], name="cases_of_party"),
            models.Index(fields=["handler_code", "-id"], condition=~models.Q(handler_code=""), name="cases_of_handler"),
            models.Index(fields=["zone", "kind", "-id"], name="cases_of_zone"),
            models.Index(fields=["about"], name="cases_about"),
            models.Index(fields=["zone", "due_on"], condition=models.Q(closed_at=None), name="cases_due"),
            GinIndex(fields=["waits_for"], name="cases_waits", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Step(models.Model):
    """One step: who, from which desk, which move, on which facts, under which plan and flow; chained by hash and never changed.

    facts: what the mover said.  told: on a step that leaves a draft, a digest of each fact of the case as it was handed in.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="steps")
    seq = models.IntegerField("序号")
    verb = models.CharField("动作", max_length=30)
    before = models.CharField("原状态", max_length=20, blank=True)
    state = models.CharField("新状态", max_length=20)
    actor = models.CharField("操作人", max_length=80)
    role = models.CharField("岗位", max_length=40, blank=True)
    note = models.CharField("说明", max_length=1000, blank=True)
    facts = models.JSONField("事实", default=dict)
    told = models.JSONField("申请内容存证", default=dict)
    flow_version = models.CharField("流程版本", max_length=12)
    plan_version = models.CharField("方案版本", max_length=12)
    at = models.DateTimeField("时间")
    seal = models.BinaryField("存证")

    class Meta:
        verbose_name = "办理步骤"
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="cases_step_once")]


class Desk(models.Model):
    """One desk asked to answer on a case: a role of a zone, a term, and its answer (联办)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="desks")
    zone = models.CharField("综试区", max_length=20)
    role = models.CharField("岗位", max_length=40)
    asked_at = models.DateTimeField("请求时间", db_default=Now())
    due_on = models.DateField("应答复日")
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.CharField("答复人", max_length=80, blank=True)
    answer = models.CharField("答复", max_length=1000, blank=True)
    result = models.JSONField("结果", default=dict)

    class Meta:
        verbose_name = "联办单位"
        constraints = [models.UniqueConstraint(fields=["case", "zone", "role"], name="cases_desk_once")]
        indexes = [models.Index(fields=["role", "zone"], name="cases_desk_of")]


class FlowVersion(models.Model):
    """A flow as it stood from a day on, so that the times before and after a change can be compared."""

    kind = models.CharField("事项", max_length=40)
    version = models.CharField("版本", max_length=12)
    moves = models.JSONField("办理步骤")
    first_at = models.DateTimeField("启用时间", db_default=Now())

    class Meta:
        verbose_name = "流程版本"
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="cases_flow_once")]

"""Tasks and their records. The database itself moves a task's state, term and evidence when a record is written (triggers)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel
from gongfu.base.tasks.flows import MOVES, STATES, SUPERVISION
from gongfu.base.tasks.rules import Standing

VERBS = (*MOVES, *SUPERVISION)


class Task(ZoneModel):
    """One thing owed. zone "" is the whole platform; party_code "" is a desk's own task.

    state, due_on and proved_on follow the records and are not written otherwise.
    """

    OWNERS = ("party_code",)
    kind = models.CharField("种类", max_length=20)
    no = models.CharField("编号", max_length=40)
    position = models.IntegerField("次序", default=0)
    title = models.CharField("任务", max_length=200)
    title_en = models.CharField("英文名称", max_length=200, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts", verbose_name="上级任务")
    lead = models.CharField("牵头部门", max_length=30, blank=True)
    helpers = ArrayField(models.CharField(max_length=30), default=list, blank=True, verbose_name="配合部门")
    party_code = models.CharField("企业代码", max_length=18, blank=True)
    proof = models.CharField("证据要求", max_length=200, blank=True)
    basis = models.CharField("依据", max_length=200, blank=True)
    confidence = models.CharField("可信度", max_length=1, blank=True)
    check_days = models.PositiveIntegerField("检查间隔(天)", null=True)
    state = models.CharField("状态", max_length=10, db_default="open", choices=[(k, v[0]) for k, v in STATES.items()])
    due_on = models.DateField("期限", null=True)
    proved_on = models.DateField("证据日期", null=True)
    opened_at = models.DateTimeField("建立时间", db_default=Now())

    class Meta:
        verbose_name = "任务"
        constraints = [
            models.UniqueConstraint(fields=["zone", "kind", "party_code", "no"], name="tasks_task_once"),
            models.CheckConstraint(condition=models.Q(state__in=list(STATES)), name="tasks_task_state"),
            models.CheckConstraint(
                condition=models.Q(check_days=None) | models.Q(check_days__gte=1), name="tasks_task_interval"
            ),
            models.CheckConstraint(
                condition=models.Q(check_days=None) | ~models.Q(state="done"), name="tasks_task_recurring_never_done"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "reported", "sent_back"]) | models.Q(proved_on__isnull=False),
                name="tasks_task_done_on_evidence",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], condition=~models.Q(state="done"), name="tasks_task_due"),
            models.Index(fields=["lead", "state"], name="tasks_task_lead"),
        ]

    def __str__(self) -> str:
        return f"{self.no} {self.title}"

    def standing(self) -> Standing:
        """What the rules judge it by."""
        return Standing(self.lead, self.state, self.due_on, self.proved_on, self.check_days)

    def audit(self) -> dict[str, Any]:
        return {
            "subject": f"task:{self.pk}",
            "zone": self.zone,
            "facts": {"kind": self.kind, "no": self.no, "state": self.state},
        }


class Record(models.Model):
    """What someone did about a task; append-only.

    before, after: the task's state.  dated_on: the day the evidence is dated, or the day of the act.  text: evidence, reason
    or note.  document: SHA-256 of the evidence's file, hex, or "".  due_before, due_after: the term, filled by the database.
    """

    task = models.ForeignKey(Task, models.PROTECT, related_name="records")
    verb = models.CharField("动作", max_length=10, choices=[(verb, verb) for verb in VERBS])
    before = models.CharField("原状态", max_length=10)
    after = models.CharField("现状态", max_length=10)
    actor = models.CharField("办理人", max_length=80)
    desk = models.CharField("部门", max_length=30, blank=True)
    dated_on = models.DateField("日期")
    text = models.TextField("内容", blank=True)
    document = models.CharField("文件指纹", max_length=64, blank=True)
    due_before = models.DateField("原期限", null=True)
    due_after = models.DateField("现期限", null=True)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "任务记录"
        indexes = [models.Index(fields=["task", "id"], name="tasks_record_of_task")]
        constraints = [
            models.CheckConstraint(condition=models.Q(verb__in=VERBS), name="tasks_record_verb"),
            models.CheckConstraint(
                condition=~models.Q(verb__in=list(SUPERVISION)) | models.Q(before=models.F("after")),
                name="tasks_record_supervision_moves_nothing",
            ),
            models.CheckConstraint(
                condition=~models.Q(verb__in=["report", "send_back", "extend"]) | ~models.Q(text=""),
                name="tasks_record_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(document="") | models.Q(document__regex=r"^[0-9a-f]{64}$"),
                name="tasks_record_document",
            ),
            models.UniqueConstraint(
                fields=["task", "dated_on"], condition=models.Q(verb="urge"), name="tasks_record_urged_once_a_day"
            ),
        ]

"""People who sign in, and machine clients that hold a token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel

ENVIRONMENTS = ("sandbox", "live")


class Person(AbstractUser):
    """Someone who signs in: a role of roles.toml, for one firm or one zone's desk.

    identity_key: the keyed hash of the identity document (access.identity), empty where it was not given; a citizen's
    party_code is that key.
    """

    title = models.CharField("姓名或岗位", max_length=60, blank=True)
    role = models.CharField("角色", max_length=40, blank=True)
    zone = models.CharField("综试区", max_length=20, blank=True)
    party_code = models.CharField("企业代码", max_length=32, blank=True)
    identity_key = models.CharField("身份键", max_length=32, blank=True, db_default="")
    demo = models.BooleanField("演示账号", default=False)

    class Meta:
        verbose_name = "用户"
        indexes = [
            models.Index(fields=["identity_key"], condition=~models.Q(identity_key=""), name="access_person_identity"),
            models.Index(fields=["party_code"], condition=~models.Q(party_code=""), name="access_person_party"),
        ]


class Mandate(ZoneModel):
    """A firm lets an agent act for it (授权委托): for which business (scopes of roles.toml), until which day; withdrawn at will."""

    OWNERS = ("party_code", "agent_code")
    party_code = models.CharField("委托企业", max_length=18)
    agent_code = models.CharField("代理企业", max_length=18)
    scopes = ArrayField(models.CharField(max_length=20), verbose_name="委托事项")
    given_by = models.CharField("委托人", max_length=80)
    given_at = models.DateTimeField("委托时间", db_default=Now())
    valid_from = models.DateField("生效")
    valid_until = models.DateField("失效")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.CharField("撤回人", max_length=80, blank=True, db_default="")

    class Meta:
        verbose_name = "授权委托"
        indexes = [
            models.Index(fields=["agent_code", "valid_until"], name="access_mandate_agent"),
            models.Index(fields=["party_code", "-id"], name="access_mandate_party"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("valid_from")), name="access_mandate_ends"
            ),
            models.CheckConstraint(condition=~models.Q(party_code=models.F("agent_code")), name="access_mandate_other"),
            models.CheckConstraint(condition=~models.Q(scopes=[]), name="access_mandate_for_something"),
        ]

    def audit(self) -> dict[str, Any]:
        facts = {"party": self.party_code, "agent": self.agent_code, "scopes": self.scopes, "until": self.valid_until}
        return {
            "subject": f"mandate:{self.pk}",
            "zone": self.zone,
            "facts": {**facts, "withdrawn": self.withdrawn_at is not None},
        }


class MachineClient(models.Model):
    """The firm, zone, environment and scopes behind one OAuth2 client. What a sandbox client sends is never recorded as trade."""

    application: Any = models.OneToOneField("oauth2_provider.Application", models.CASCADE, related_name="machine")
    party_code = models.CharField("企业代码", max_length=18)
    zone = models.CharField("综试区", max_length=20)
    scopes = ArrayField(models.CharField(max_length=20), default=list)
    environment = models.CharField("环境", max_length=8, default="live", db_default="live")
    title = models.CharField("用途", max_length=60, blank=True, db_default="")
    created_by = models.CharField("创建人", max_length=60, blank=True, db_default="")
    created_at = models.DateTimeField("创建时间", db_default=Now())
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = "系统接入"
        constraints = [
            models.CheckConstraint(condition=models.Q(environment__in=ENVIRONMENTS), name="access_client_environment")
        ]

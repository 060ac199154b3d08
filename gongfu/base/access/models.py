"""People who sign in, and machine clients that hold a token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

ENVIRONMENTS = ("sandbox", "live")


class Person(AbstractUser):
    """Someone who signs in: a role of roles.toml, for one firm or one zone's desk."""

    title = models.CharField("姓名或岗位", max_length=60, blank=True)
    role = models.CharField("角色", max_length=40, blank=True)
    zone = models.CharField("综试区", max_length=20, blank=True)
    party_code = models.CharField("企业代码", max_length=18, blank=True)
    demo = models.BooleanField("演示账号", default=False)

    class Meta:
        verbose_name = "用户"


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

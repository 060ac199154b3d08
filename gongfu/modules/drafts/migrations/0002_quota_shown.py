"""Whose year has been shown for a draft, so that each such reading stands in the log once."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("drafts", "0001_drafts")]
    operations = [
        migrations.AddField(
            model_name="draft",
            name="quota_of",
            field=ArrayField(models.CharField(max_length=32), db_default=[], default=list, verbose_name="已显示额度的人"),
        ),
    ]

"""Steps seal what the case says: a digest of each fact, kept with the step that hands a draft in (R-004)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_handler")]
    operations = [
        migrations.AddField("step", "told", models.JSONField(default=dict, verbose_name="申请内容存证")),
    ]

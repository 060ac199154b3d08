"""Bills, their status and the receipts of their lists come in any order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tax", "0001_initial")]
    operations = [
        migrations.AlterField("bill", "declaration_id", models.BigIntegerField("清单", null=True)),
        migrations.AddField("bill", "invt_no", models.CharField("清单编号", max_length=20, db_default="", blank=True)),
        migrations.AddField("bill", "told_at", models.CharField("状态时间", max_length=17, db_default="", blank=True)),
        migrations.AddIndex(
            "bill",
            models.Index(fields=["invt_no"], condition=models.Q(declaration_id=None), name="tax_bill_alone"),
        ),
    ]

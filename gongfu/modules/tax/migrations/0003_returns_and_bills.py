"""What returns took back; a bill knows whose it is, the day of its release, what returns took off it and when it was paid (R-116, R-117)."""

from django.db import migrations, models
from django.db.models.functions import Now

FILL = """
UPDATE tax_bill b SET zone = d.zone, invt_no = d.invt_no, agent_code = d.agent_code, assure_code = d.assure_code,
  released_on = (SELECT CASE WHEN pg_input_is_valid(t.day, 'date') THEN t.day::date ELSE (d.released_at AT TIME ZONE 'Asia/Shanghai')::date END
    FROM (SELECT (SELECT left(m.returned_at, 8) FROM declarations_move m WHERE m.declaration_id = d.id AND m.state = 'released')) t(day))
FROM declarations_declaration d WHERE d.id = b.declaration_id;
"""


class Migration(migrations.Migration):
    dependencies = [("tax", "0002_bills_in_any_order"), ("declarations", "0003_follow_ups")]
    operations = [
        migrations.CreateModel(
            name="Returned",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("declaration_id", models.BigIntegerField(verbose_name="清单")),
                ("follow_up", models.BigIntegerField(verbose_name="退货申请")),
                ("gnum", models.SmallIntegerField(verbose_name="序号")),
                ("qty", models.DecimalField(decimal_places=5, max_digits=19, verbose_name="数量")),
                ("dv_fen", models.BigIntegerField(verbose_name="完税价格")),
                ("duty_fen", models.BigIntegerField(verbose_name="关税")),
                ("ct_fen", models.BigIntegerField(verbose_name="消费税")),
                ("vat_fen", models.BigIntegerField(verbose_name="增值税")),
                ("at", models.DateTimeField(db_default=Now(), verbose_name="冲回时间")),
            ],
            options={
                "verbose_name": "退货冲回",
                "constraints": [
                    models.UniqueConstraint(fields=("declaration_id", "follow_up", "gnum"), name="tax_returned_once")
                ],
            },
        ),
        migrations.AddField("bill", "zone", models.CharField("综试区", max_length=20, db_default="", blank=True)),
        migrations.AddField("bill", "agent_code", models.CharField("申报企业代码", max_length=18, db_default="", blank=True)),
        migrations.AddField("bill", "assure_code", models.CharField("担保企业代码", max_length=30, db_default="", blank=True)),
        migrations.AddField("bill", "duty_no", models.CharField("缴款书编号", max_length=50, db_default="", blank=True)),
        migrations.AddField("bill", "returned_fen", models.BigIntegerField("退货冲减", db_default=0)),
        migrations.AddField("bill", "released_on", models.DateField("放行日期", null=True)),
        migrations.AddField("bill", "paid_on", models.DateField("缴款日期", null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        # What the update left to the constraint triggers must be done before the table changes again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex("bill", models.Index(fields=["assure_code", "-id"], name="tax_bill_assured")),
        migrations.AddIndex("bill", models.Index(fields=["agent_code", "-id"], name="tax_bill_agent")),
        migrations.AddConstraint(
            "bill",
            models.CheckConstraint(
                condition=models.Q(("returned_fen__gte", 0))
                & models.Q(
                    ("returned_fen__lte", models.F("duty_fen") + models.F("ct_fen") + models.F("vat_fen"))
                ),
                name="tax_bill_returned",
            ),
        ),
    ]

"""A period may be an item of a bonded book, whose number has up to 30 signs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0005_parts_released")]
    operations = [
        migrations.AlterField("account", "period", models.CharField("期间", max_length=40, blank=True)),
    ]

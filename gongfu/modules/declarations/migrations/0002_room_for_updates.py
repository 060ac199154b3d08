"""Leave room on each page of the lists' table, so that a change of state is written beside the row it changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0001_initial"),
        ("ledgers", "0002_balances"),
        ("intake", "0002_cursor"),
        ("audit", "0002_append_only"),
    ]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE declarations_declaration SET (fillfactor = 60); ALTER TABLE ledgers_account SET (fillfactor = 60); "
            "ALTER TABLE intake_message SET (fillfactor = 60); ALTER TABLE audit_entry SET (fillfactor = 80)",
            migrations.RunSQL.noop,
        )
    ]

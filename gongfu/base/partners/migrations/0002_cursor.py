"""Snapshots are handed out in order of commit: a row shows once no earlier transaction can still add one before it."""

from django.db import migrations

FORWARD = """
ALTER TABLE partners_snapshot ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX partners_snapshot_cursor ON partners_snapshot (txid, id);
"""
BACKWARD = "DROP INDEX partners_snapshot_cursor; ALTER TABLE partners_snapshot DROP COLUMN txid;"


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

"""Receipts are handed out in order of commit: a row shows once no earlier transaction can still add one before it."""

from django.db import migrations

SQL = """
ALTER TABLE intake_receipt ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX intake_receipt_cursor ON intake_receipt (party_code, txid, id);
ALTER TABLE intake_original ALTER COLUMN sealed SET STORAGE EXTERNAL;
"""
REVERSE = "DROP INDEX intake_receipt_cursor; ALTER TABLE intake_receipt DROP COLUMN txid;"


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

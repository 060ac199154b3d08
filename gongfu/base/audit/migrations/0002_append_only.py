"""The log is append-only: an entry may be given its place in the chain once, and is never changed or removed."""

from django.db import migrations

SQL = """
ALTER TABLE audit_entry ADD COLUMN txid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE FUNCTION audit_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'the log is append-only'; END IF;
  IF OLD.seq IS NOT NULL OR (NEW.id, NEW.at, NEW.zone, NEW.actor, NEW.verb, NEW.subject, NEW.facts, NEW.txid)
     IS DISTINCT FROM (OLD.id, OLD.at, OLD.zone, OLD.actor, OLD.verb, OLD.subject, OLD.facts, OLD.txid)
  THEN RAISE EXCEPTION 'the log is append-only'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_guard BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_guard();
"""
REVERSE = "DROP TRIGGER audit_entry_guard ON audit_entry; DROP FUNCTION audit_entry_guard(); ALTER TABLE audit_entry DROP COLUMN txid;"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

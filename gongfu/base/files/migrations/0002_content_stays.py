"""A document's owner, content and place never change; its body would no longer be the one the hash names."""

from django.db import migrations

SQL = """
CREATE FUNCTION files_file_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.owner, NEW.sha256, NEW.stored, NEW.size) IS DISTINCT FROM (OLD.owner, OLD.sha256, OLD.stored, OLD.size)
  THEN RAISE EXCEPTION 'a kept document does not change'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER files_file_guard BEFORE UPDATE ON files_file FOR EACH ROW EXECUTE FUNCTION files_file_guard();
"""
REVERSE = "DROP TRIGGER files_file_guard ON files_file; DROP FUNCTION files_file_guard();"


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

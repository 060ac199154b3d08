"""Steps are written once: the database refuses to change or remove one."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION cases_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a step of a case is never changed or removed' USING ERRCODE = 'restrict_violation'; END $$;
CREATE TRIGGER cases_step_stays BEFORE UPDATE OR DELETE ON cases_step FOR EACH ROW EXECUTE FUNCTION cases_step_stays();
"""
BACKWARD = "DROP TRIGGER cases_step_stays ON cases_step; DROP FUNCTION cases_step_stays();"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

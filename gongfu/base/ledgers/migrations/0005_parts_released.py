"""A part of what a subject holds reserved may come free by itself (a return frees its part of a guarantee); never more than it holds."""

from django.db import migrations

SQL = """
DROP INDEX ledgers_movement_settled_once;
CREATE UNIQUE INDEX ledgers_movement_settled_once ON ledgers_movement (account_id, subject) WHERE verb IN ('commit', 'release') AND part = '';
CREATE FUNCTION ledgers_movement_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM posted WHERE verb = 'release' AND part <> '') AND EXISTS (
    SELECT FROM (SELECT DISTINCT account_id, subject FROM posted WHERE verb = 'release' AND part <> '') p
    WHERE (SELECT sum(CASE m.verb WHEN 'reserve' THEN m.amount_units WHEN 'commit' THEN -m.amount_units WHEN 'release' THEN -m.amount_units ELSE 0 END)
           FROM ledgers_movement m WHERE m.account_id = p.account_id AND m.subject = p.subject) < 0)
  THEN RAISE EXCEPTION 'more released than the subject holds' USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledgers_movement_released AFTER INSERT ON ledgers_movement
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledgers_movement_parts();
"""
REVERSE = """
DROP TRIGGER ledgers_movement_released ON ledgers_movement; DROP FUNCTION ledgers_movement_parts();
DROP INDEX ledgers_movement_settled_once;
CREATE UNIQUE INDEX ledgers_movement_settled_once ON ledgers_movement (account_id, subject) WHERE verb IN ('commit', 'release');
"""


class Migration(migrations.Migration):
    # The trigger comes after ledgers_movement_posted by name, so that the account is locked when the sums are read.
    dependencies = [("ledgers", "0004_units_and_stock")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

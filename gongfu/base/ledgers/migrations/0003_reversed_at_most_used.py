"""A subject gets back at most what it has used (I6): refunds never exceed what was paid, whoever writes."""

from django.db import migrations

SQL = """
CREATE FUNCTION ledgers_movement_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM posted WHERE verb = 'reverse') AND EXISTS (
    SELECT FROM (SELECT DISTINCT account_id, subject FROM posted WHERE verb = 'reverse') p
    WHERE (SELECT sum(CASE m.verb WHEN 'commit' THEN m.amount_fen WHEN 'reverse' THEN -m.amount_fen ELSE 0 END)
           FROM ledgers_movement m WHERE m.account_id = p.account_id AND m.subject = p.subject) < 0)
  THEN RAISE EXCEPTION 'more reversed than the subject has used' USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledgers_movement_reversed AFTER INSERT ON ledgers_movement
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledgers_movement_reversed();
"""
REVERSE = "DROP TRIGGER ledgers_movement_reversed ON ledgers_movement; DROP FUNCTION ledgers_movement_reversed();"


class Migration(migrations.Migration):
    # After ledgers_movement_posted by name, so that the account is locked when the sums are read.
    dependencies = [("ledgers", "0002_balances")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

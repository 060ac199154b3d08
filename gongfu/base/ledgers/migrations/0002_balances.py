"""Balances follow entries by trigger, so that a limit holds at every commit whoever writes (I5)."""

from django.db import migrations

SQL = """
CREATE FUNCTION ledgers_movement_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledgers_account a SET
    reserved_fen = a.reserved_fen + s.reserved, committed_fen = a.committed_fen + s.committed
  FROM (
    SELECT account_id,
      sum(CASE verb WHEN 'reserve' THEN amount_fen WHEN 'commit' THEN -amount_fen WHEN 'release' THEN -amount_fen ELSE 0 END) AS reserved,
      sum(CASE verb WHEN 'commit' THEN amount_fen WHEN 'reverse' THEN -amount_fen ELSE 0 END) AS committed
    FROM posted GROUP BY account_id ORDER BY account_id
  ) s WHERE a.id = s.account_id;
  RETURN NULL;
END $$;
CREATE TRIGGER ledgers_movement_posted AFTER INSERT ON ledgers_movement
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledgers_movement_posted();
CREATE FUNCTION ledgers_movement_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'ledger entries are append-only'; END $$;
CREATE TRIGGER ledgers_movement_guard BEFORE UPDATE OR DELETE ON ledgers_movement
  FOR EACH ROW EXECUTE FUNCTION ledgers_movement_guard();
CREATE FUNCTION ledgers_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 AND (NEW.reserved_fen, NEW.committed_fen) IS DISTINCT FROM (OLD.reserved_fen, OLD.committed_fen)
  THEN RAISE EXCEPTION 'balances follow entries'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ledgers_account_guard BEFORE UPDATE ON ledgers_account FOR EACH ROW EXECUTE FUNCTION ledgers_account_guard();
CREATE UNIQUE INDEX ledgers_movement_settled_once ON ledgers_movement (account_id, subject) WHERE verb IN ('commit', 'release');
"""
REVERSE = """
DROP TRIGGER ledgers_movement_posted ON ledgers_movement; DROP FUNCTION ledgers_movement_posted();
DROP TRIGGER ledgers_movement_guard ON ledgers_movement; DROP FUNCTION ledgers_movement_guard();
DROP TRIGGER ledgers_account_guard ON ledgers_account; DROP FUNCTION ledgers_account_guard();
DROP INDEX ledgers_movement_settled_once;
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

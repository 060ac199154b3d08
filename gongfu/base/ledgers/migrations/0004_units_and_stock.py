"""Amounts in each kind's own unit; accounts of stock, whose limit follows deposits and withdrawals (R-212)."""

from django.db import migrations, models

POSTED = """
CREATE OR REPLACE FUNCTION ledgers_movement_posted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledgers_account a SET
    reserved_units = a.reserved_units + s.reserved, committed_units = a.committed_units + s.committed,
    limit_units = a.limit_units + s.stock
  FROM (
    SELECT account_id,
      sum(CASE verb WHEN 'reserve' THEN amount_units WHEN 'commit' THEN -amount_units WHEN 'release' THEN -amount_units ELSE 0 END) AS reserved,
      sum(CASE verb WHEN 'commit' THEN amount_units WHEN 'reverse' THEN -amount_units ELSE 0 END) AS committed,
      sum(CASE verb WHEN 'deposit' THEN amount_units WHEN 'withdraw' THEN -amount_units ELSE 0 END) AS stock
    FROM posted GROUP BY account_id ORDER BY account_id
  ) s WHERE a.id = s.account_id;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION ledgers_movement_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM posted WHERE verb = 'reverse') AND EXISTS (
    SELECT FROM (SELECT DISTINCT account_id, subject FROM posted WHERE verb = 'reverse') p
    WHERE (SELECT sum(CASE m.verb WHEN 'commit' THEN m.amount_units WHEN 'reverse' THEN -m.amount_units ELSE 0 END)
           FROM ledgers_movement m WHERE m.account_id = p.account_id AND m.subject = p.subject) < 0)
  THEN RAISE EXCEPTION 'more reversed than the subject has used' USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION ledgers_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 AND (NEW.reserved_units, NEW.committed_units, NEW.stocked) IS DISTINCT FROM (OLD.reserved_units, OLD.committed_units, OLD.stocked)
  THEN RAISE EXCEPTION 'balances follow entries'; END IF;
  IF pg_trigger_depth() < 2 AND OLD.stocked AND NEW.limit_units <> OLD.limit_units
  THEN RAISE EXCEPTION 'stock follows entries'; END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION ledgers_stock_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM posted p JOIN ledgers_account a ON a.id = p.account_id WHERE p.verb IN ('deposit', 'withdraw') AND NOT a.stocked)
  THEN RAISE EXCEPTION 'only accounts of stock take deposits' USING ERRCODE = 'check_violation'; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER ledgers_movement_stock AFTER INSERT ON ledgers_movement
  REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledgers_stock_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0003_reversed_at_most_used")]
    operations = [
        migrations.RemoveConstraint("account", "ledgers_account_not_negative"),
        migrations.RemoveConstraint("account", "ledgers_account_within_limit"),
        migrations.RemoveConstraint("movement", "ledgers_movement_amount"),
        migrations.RenameField("account", "limit_fen", "limit_units"),
        migrations.RenameField("account", "reserved_fen", "reserved_units"),
        migrations.RenameField("account", "committed_fen", "committed_units"),
        migrations.RenameField("movement", "amount_fen", "amount_units"),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(
                condition=models.Q(reserved_units__gte=0, committed_units__gte=0), name="ledgers_account_not_negative"
            ),
        ),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(
                condition=models.Q(limit_units__gte=models.F("reserved_units") + models.F("committed_units")),
                name="ledgers_account_within_limit",
            ),
        ),
        migrations.AddConstraint(
            "movement",
            models.CheckConstraint(condition=models.Q(amount_units__gte=0), name="ledgers_movement_amount"),
        ),
        migrations.AddField("account", "stocked", models.BooleanField("限额即库存", db_default=False)),
        migrations.AlterField(
            "movement",
            "verb",
            models.CharField(
                "动作",
                max_length=8,
                choices=[(verb, verb) for verb in ("reserve", "commit", "release", "reverse", "deposit", "withdraw")],
            ),
        ),
        migrations.RunSQL(POSTED, migrations.RunSQL.noop),
    ]

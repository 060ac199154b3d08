"""Trails are append-only: events are never changed or removed, a head only grows and fits the events there are."""

from django.db import migrations

SQL = """
CREATE FUNCTION trails_event_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'trails are append-only'; END $$;
CREATE TRIGGER trails_event_guard BEFORE UPDATE OR DELETE ON trails_event
  FOR EACH ROW EXECUTE FUNCTION trails_event_guard();
CREATE FUNCTION trails_trail_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'trails are append-only'; END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.length <> 0 THEN RAISE EXCEPTION 'a trail begins empty'; END IF;
    RETURN NEW;
  END IF;
  IF OLD.ended OR NEW.length <= OLD.length OR (NEW.id, NEW.kind, NEW.subject, NEW.zone, NEW.party_code, NEW.opened_at)
     IS DISTINCT FROM (OLD.id, OLD.kind, OLD.subject, OLD.zone, OLD.party_code, OLD.opened_at)
  THEN RAISE EXCEPTION 'a trail only grows'; END IF;
  IF NEW.length - OLD.length <> (SELECT count(*) FROM trails_event WHERE trail_id = NEW.id AND seq > OLD.length)
     OR NEW.seal IS DISTINCT FROM (SELECT seal FROM trails_event WHERE trail_id = NEW.id AND seq = NEW.length)
  THEN RAISE EXCEPTION 'the head of trail % does not fit its events', NEW.id; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER trails_trail_guard BEFORE INSERT OR UPDATE OR DELETE ON trails_trail
  FOR EACH ROW EXECUTE FUNCTION trails_trail_guard();
"""
REVERSE = """
DROP TRIGGER trails_event_guard ON trails_event; DROP FUNCTION trails_event_guard();
DROP TRIGGER trails_trail_guard ON trails_trail; DROP FUNCTION trails_trail_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("trails", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

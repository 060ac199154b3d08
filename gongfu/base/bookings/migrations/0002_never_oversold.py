"""Sums of a slot follow its bookings by trigger, so that no slot is oversold whoever writes; moves keep to the flow."""

from django.db import migrations

SQL = """
CREATE FUNCTION bookings_booking_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'a booking is released, not removed'; END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'held' THEN RAISE EXCEPTION 'a booking begins as a hold'; END IF;
    RETURN NEW;
  END IF;
  IF (NEW.zone, NEW.slot_id, NEW.party_code, NEW.quantity, NEW.reference, NEW.made_at)
     IS DISTINCT FROM (OLD.zone, OLD.slot_id, OLD.party_code, OLD.quantity, OLD.reference, OLD.made_at)
  THEN RAISE EXCEPTION 'a booking keeps its slot, firm and quantity'; END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
     (('held', 'confirmed'), ('held', 'released'), ('held', 'expired'), ('confirmed', 'released'))
  THEN RAISE EXCEPTION 'no move leads from % to %', OLD.state, NEW.state; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bookings_booking_guard BEFORE INSERT OR UPDATE OR DELETE ON bookings_booking
  FOR EACH ROW EXECUTE FUNCTION bookings_booking_guard();
CREATE FUNCTION bookings_booking_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END; cap bigint;
BEGIN
  IF was = NEW.state THEN RETURN NULL; END IF;
  UPDATE bookings_slot SET
    held = held + NEW.quantity * ((NEW.state = 'held')::int - (was = 'held')::int),
    confirmed = confirmed + NEW.quantity * ((NEW.state = 'confirmed')::int - (was = 'confirmed')::int)
  WHERE id = NEW.slot_id;
  IF TG_OP = 'INSERT' THEN
    SELECT r.party_cap INTO cap FROM bookings_resource r JOIN bookings_slot s ON s.resource_id = r.id WHERE s.id = NEW.slot_id;
    IF cap IS NOT NULL AND cap < (SELECT sum(quantity) FROM bookings_booking
       WHERE slot_id = NEW.slot_id AND party_code = NEW.party_code AND state IN ('held', 'confirmed'))
    THEN RAISE EXCEPTION 'more than one firm may have' USING ERRCODE = 'check_violation'; END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER bookings_booking_counted AFTER INSERT OR UPDATE ON bookings_booking
  FOR EACH ROW EXECUTE FUNCTION bookings_booking_counted();
CREATE FUNCTION bookings_slot_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE free_to_overlap boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (NEW.held, NEW.confirmed) <> (0, 0) THEN RAISE EXCEPTION 'sums follow bookings'; END IF;
  ELSE
    IF NEW.resource_id <> OLD.resource_id THEN RAISE EXCEPTION 'a slot keeps its resource'; END IF;
    IF pg_trigger_depth() < 2 AND (NEW.held, NEW.confirmed) IS DISTINCT FROM (OLD.held, OLD.confirmed)
    THEN RAISE EXCEPTION 'sums follow bookings'; END IF;
    IF (NEW.starts_at, NEW.ends_at) = (OLD.starts_at, OLD.ends_at) THEN RETURN NEW; END IF;
  END IF;
  SELECT r.overlaps INTO free_to_overlap FROM bookings_resource r WHERE r.id = NEW.resource_id FOR NO KEY UPDATE;
  IF NOT free_to_overlap AND EXISTS (SELECT FROM bookings_slot s WHERE s.resource_id = NEW.resource_id AND s.id <> NEW.id
     AND s.starts_at < NEW.ends_at AND s.ends_at > NEW.starts_at)
  THEN RAISE EXCEPTION 'slots of this resource may not overlap' USING ERRCODE = 'exclusion_violation'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bookings_slot_guard BEFORE INSERT OR UPDATE ON bookings_slot FOR EACH ROW EXECUTE FUNCTION bookings_slot_guard();
"""
REVERSE = """
DROP TRIGGER bookings_slot_guard ON bookings_slot; DROP FUNCTION bookings_slot_guard();
DROP TRIGGER bookings_booking_counted ON bookings_booking; DROP FUNCTION bookings_booking_counted();
DROP TRIGGER bookings_booking_guard ON bookings_booking; DROP FUNCTION bookings_booking_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

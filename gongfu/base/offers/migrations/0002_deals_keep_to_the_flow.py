"""A deal joins a need and an offer of one kind, both open, and keeps to its flow, whoever writes."""

from django.db import migrations

SQL = """
CREATE FUNCTION offers_listing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'a listing is withdrawn, not removed'; END IF;
  IF (NEW.zone, NEW.kind, NEW.side, NEW.party_code, NEW.facts, NEW.made_at)
     IS DISTINCT FROM (OLD.zone, OLD.kind, OLD.side, OLD.party_code, OLD.facts, OLD.made_at)
  THEN RAISE EXCEPTION 'a listing keeps its firm and facts'; END IF;
  IF NEW.state <> OLD.state AND OLD.state <> 'open' THEN RAISE EXCEPTION 'no move leads from % to %', OLD.state, NEW.state; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER offers_listing_guard BEFORE UPDATE OR DELETE ON offers_listing FOR EACH ROW EXECUTE FUNCTION offers_listing_guard();
CREATE FUNCTION offers_deal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'a deal is withdrawn, not removed'; END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'proposed' THEN RAISE EXCEPTION 'a deal begins as a proposal'; END IF;
    PERFORM FROM offers_listing n, offers_listing o WHERE n.id = NEW.need_id AND o.id = NEW.offer_id
      AND (n.side, o.side, n.state, o.state, n.kind, o.kind) = ('need', 'offer', 'open', 'open', NEW.kind, NEW.kind)
      AND (n.party_code, o.party_code, n.zone, o.zone) = (NEW.need_party, NEW.offer_party, NEW.zone, NEW.offer_zone);
    IF NOT FOUND THEN RAISE EXCEPTION 'a deal joins an open need and an open offer of its kind' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END IF;
  IF (NEW.zone, NEW.need_id, NEW.offer_id, NEW.kind, NEW.need_party, NEW.offer_party, NEW.offer_zone, NEW.single_need,
      NEW.single_offer, NEW.score, NEW.reasons, NEW.made_at)
     IS DISTINCT FROM (OLD.zone, OLD.need_id, OLD.offer_id, OLD.kind, OLD.need_party, OLD.offer_party, OLD.offer_zone, OLD.single_need,
      OLD.single_offer, OLD.score, OLD.reasons, OLD.made_at)
     OR (OLD.need_accepted_at IS NOT NULL AND NEW.need_accepted_at IS DISTINCT FROM OLD.need_accepted_at)
     OR (OLD.offer_accepted_at IS NOT NULL AND NEW.offer_accepted_at IS DISTINCT FROM OLD.offer_accepted_at)
  THEN RAISE EXCEPTION 'a deal keeps its sides, reasons and acceptances'; END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
     (('proposed', 'accepted'), ('proposed', 'declined'), ('proposed', 'withdrawn'), ('proposed', 'lapsed'),
      ('accepted', 'withdrawn'), ('accepted', 'closed'))
  THEN RAISE EXCEPTION 'no move leads from % to %', OLD.state, NEW.state; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER offers_deal_guard BEFORE INSERT OR UPDATE OR DELETE ON offers_deal FOR EACH ROW EXECUTE FUNCTION offers_deal_guard();
"""
REVERSE = """
DROP TRIGGER offers_deal_guard ON offers_deal; DROP FUNCTION offers_deal_guard();
DROP TRIGGER offers_listing_guard ON offers_listing; DROP FUNCTION offers_listing_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("offers", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

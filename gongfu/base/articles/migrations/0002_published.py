"""What was published is not changed; a maker does not approve; on a day one version of an article holds."""

from django.db import migrations

SQL = """
ALTER TABLE articles_version ADD CONSTRAINT articles_version_maker_is_no_approver CHECK (NOT (approved_by = ANY (editors)));
ALTER TABLE articles_version ADD CONSTRAINT articles_version_has_a_maker CHECK (cardinality(editors) > 0);
ALTER TABLE articles_version ADD CONSTRAINT articles_version_one_a_day EXCLUDE USING gist (
  int8range(article_id, article_id, '[]') WITH &&, daterange(valid_from, valid_to, '[]') WITH &&
) WHERE (state = 'published');
CREATE FUNCTION articles_version_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'versions are kept'; END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'a version begins as a draft'; END IF;
    RETURN NEW;
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('draft', 'draft'), ('draft', 'published'), ('draft', 'withdrawn'),
     ('published', 'published'), ('published', 'withdrawn')) THEN
    RAISE EXCEPTION 'version % goes from % to %', OLD.id, OLD.state, NEW.state;
  END IF;
  IF (NEW.article_id, NEW.number, NEW.made_at) IS DISTINCT FROM (OLD.article_id, OLD.number, OLD.made_at)
     OR NOT NEW.editors @> OLD.editors THEN
    RAISE EXCEPTION 'a version keeps its place and its makers';
  END IF;
  IF NOT (OLD.state = 'draft' AND NEW.state = 'draft') AND
     (NEW.title_zh, NEW.title_en, NEW.body_zh, NEW.body_en, NEW.audiences, NEW.zones, NEW.valid_from, NEW.push, NEW.source, NEW.editors)
     IS DISTINCT FROM
     (OLD.title_zh, OLD.title_en, OLD.body_zh, OLD.body_en, OLD.audiences, OLD.zones, OLD.valid_from, OLD.push, OLD.source, OLD.editors)
  THEN RAISE EXCEPTION 'what was published is not changed'; END IF;
  IF OLD.state = 'published' AND ((NEW.approved_by, NEW.published_at) IS DISTINCT FROM (OLD.approved_by, OLD.published_at)
     OR (NEW.valid_to IS DISTINCT FROM OLD.valid_to AND (NEW.valid_to IS NULL OR NEW.valid_to > OLD.valid_to)))
  THEN RAISE EXCEPTION 'what was published is not changed, it may only end sooner'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER articles_version_guard BEFORE INSERT OR UPDATE OR DELETE ON articles_version
  FOR EACH ROW EXECUTE FUNCTION articles_version_guard();
"""
REVERSE = """
DROP TRIGGER articles_version_guard ON articles_version; DROP FUNCTION articles_version_guard();
ALTER TABLE articles_version DROP CONSTRAINT articles_version_one_a_day;
ALTER TABLE articles_version DROP CONSTRAINT articles_version_has_a_maker;
ALTER TABLE articles_version DROP CONSTRAINT articles_version_maker_is_no_approver;
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

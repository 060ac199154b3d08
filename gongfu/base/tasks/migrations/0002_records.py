"""A record moves its task: state, term and evidence follow by trigger, records are append-only, nobody decides on his own report."""

from django.db import migrations

SQL = """
ALTER TABLE tasks_task ADD CONSTRAINT tasks_task_lead_is_no_helper CHECK (NOT (lead = ANY (helpers)));
CREATE FUNCTION tasks_record_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  t tasks_task%ROWTYPE;
  r tasks_record%ROWTYPE;
BEGIN
  SELECT * INTO STRICT t FROM tasks_task WHERE id = NEW.task_id FOR UPDATE;
  IF NEW.before <> t.state THEN
    RAISE EXCEPTION 'task % is %, not %', t.id, t.state, NEW.before USING ERRCODE = 'check_violation';
  END IF;
  NEW.due_before := t.due_on;
  IF NEW.verb NOT IN ('schedule', 'extend') THEN NEW.due_after := t.due_on; END IF;
  IF NEW.verb = 'extend' AND (NEW.due_after IS NULL OR t.due_on IS NULL OR NEW.due_after <= t.due_on) THEN
    RAISE EXCEPTION 'a term is only moved later' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.verb = 'schedule' AND (NEW.due_after IS NULL OR t.due_on IS NOT NULL) THEN
    RAISE EXCEPTION 'a first term is set once' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.verb IN ('accept', 'send_back') THEN
    SELECT * INTO STRICT r FROM tasks_record WHERE task_id = t.id AND verb = 'report' ORDER BY id DESC LIMIT 1;
    IF r.actor = NEW.actor THEN
      RAISE EXCEPTION 'own reports are not decided' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.verb = 'accept' THEN
    t.proved_on := greatest(t.proved_on, r.dated_on);
    IF t.check_days IS NOT NULL THEN NEW.due_after := t.proved_on + t.check_days; END IF;
  END IF;
  IF NEW.verb = 'close' AND EXISTS (SELECT FROM tasks_task WHERE parent_id = t.id AND state <> 'done') THEN
    RAISE EXCEPTION 'task % has parts that are not done', t.id USING ERRCODE = 'check_violation';
  END IF;
  UPDATE tasks_task SET state = NEW.after, due_on = NEW.due_after, proved_on = t.proved_on WHERE id = t.id;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_record_posted BEFORE INSERT ON tasks_record FOR EACH ROW EXECUTE FUNCTION tasks_record_posted();

CREATE FUNCTION tasks_record_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'records of tasks are append-only'; END $$;
CREATE TRIGGER tasks_record_guard BEFORE UPDATE OR DELETE ON tasks_record FOR EACH ROW EXECUTE FUNCTION tasks_record_guard();

CREATE FUNCTION tasks_task_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'open' OR NEW.proved_on IS NOT NULL THEN
      RAISE EXCEPTION 'a task begins open and unproved' USING ERRCODE = 'check_violation';
    END IF;
    PERFORM FROM tasks_task WHERE id = NEW.parent_id AND state = 'done' FOR SHARE;
    IF FOUND THEN RAISE EXCEPTION 'what is done gets no new parts' USING ERRCODE = 'check_violation'; END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'tasks are kept'; END IF;
  IF pg_trigger_depth() < 2 AND (NEW.state, NEW.due_on, NEW.proved_on) IS DISTINCT FROM (OLD.state, OLD.due_on, OLD.proved_on)
  THEN RAISE EXCEPTION 'the state of a task follows its records'; END IF;
  IF (NEW.zone, NEW.kind, NEW.party_code, NEW.no, NEW.opened_at, NEW.parent_id)
     IS DISTINCT FROM (OLD.zone, OLD.kind, OLD.party_code, OLD.no, OLD.opened_at, OLD.parent_id)
  THEN RAISE EXCEPTION 'a task keeps its number and its place'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tasks_task_guard BEFORE INSERT OR UPDATE OR DELETE ON tasks_task FOR EACH ROW EXECUTE FUNCTION tasks_task_guard();
"""
REVERSE = """
DROP TRIGGER tasks_task_guard ON tasks_task; DROP FUNCTION tasks_task_guard();
DROP TRIGGER tasks_record_guard ON tasks_record; DROP FUNCTION tasks_record_guard();
DROP TRIGGER tasks_record_posted ON tasks_record; DROP FUNCTION tasks_record_posted();
ALTER TABLE tasks_task DROP CONSTRAINT tasks_task_lead_is_no_helper;
"""


class Migration(migrations.Migration):
    dependencies = [("tasks", "0001_initial")]
    operations = [migrations.RunSQL(SQL, REVERSE)]

"""Consents are kept to their people by PostgreSQL itself: seen by the subject and the reader, given and withdrawn by the subject.

gongfu.codes: the codes of whoever asks (access.rows).  gongfu.reach: house for workers and commands. Without both no row is there.
"""

from django.db import migrations

HOUSE = "current_setting('gongfu.reach', true) = 'house'"
CODES = "string_to_array(current_setting('gongfu.codes', true), ',')"
OWN = f"({HOUSE} OR subject_code = ANY ({CODES}))"
FORWARD = f"""
CREATE POLICY consent_seen ON sharing_consent FOR SELECT USING ({OWN} OR reader_code = ANY ({CODES}));
CREATE POLICY consent_given ON sharing_consent FOR INSERT WITH CHECK ({OWN});
CREATE POLICY consent_changed ON sharing_consent FOR UPDATE USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY consent_removed ON sharing_consent FOR DELETE USING ({HOUSE});
ALTER TABLE sharing_consent ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
"""
BACKWARD = """
ALTER TABLE sharing_consent NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY;
DROP POLICY consent_seen ON sharing_consent; DROP POLICY consent_given ON sharing_consent;
DROP POLICY consent_changed ON sharing_consent; DROP POLICY consent_removed ON sharing_consent;
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0002_persons_as_subjects")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]

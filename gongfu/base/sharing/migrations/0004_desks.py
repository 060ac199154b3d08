"""A consent given to a desk is seen by that desk in the consent's own zone: the desk is known as role@zone among gongfu.codes."""

from django.db import migrations

HOUSE = "current_setting('gongfu.reach', true) = 'house'"
CODES = "string_to_array(current_setting('gongfu.codes', true), ',')"
PEOPLE = f"{HOUSE} OR subject_code = ANY ({CODES}) OR reader_code = ANY ({CODES})"
SEEN = "ALTER POLICY consent_seen ON sharing_consent USING ({})"


class Migration(migrations.Migration):
    dependencies = [("sharing", "0003_rows")]
    operations = [
        migrations.RunSQL(
            SEEN.format(f"{PEOPLE} OR reader_code || '@' || zone = ANY ({CODES})"), SEEN.format(PEOPLE)
        )
    ]

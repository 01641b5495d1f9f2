"""Loads the functions of sql/, which belong to the role that the journal has made (audit, definer.sql).

What stands in sql/ by then is not what stood there at first: the newest migration of functions loads it again.
"""

from django.db import migrations

from feldsher.domain.scheduling.migrations._functions import loading

_FORMER = """
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0006_phone_code"),
        ("audit", "0005_row_security"),  # makes feldsher_definer
    ]

    operations = loading(former=_FORMER)

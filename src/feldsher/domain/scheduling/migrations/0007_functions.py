"""Loads the functions of sql/, and makes the role that they belong to, which row security names next.

What stands in sql/ by then is not what stood there at first: the newest migration of functions loads it again.
"""

from django.db import migrations

from feldsher.domain.scheduling.migrations._functions import loading

_FORMER = """
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval)
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0006_phone_code")]

    operations = loading(former=_FORMER)

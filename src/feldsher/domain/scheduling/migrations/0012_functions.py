"""Loads the functions of sql/ anew: times for staff, and a ticket that is one place of a group too."""

from django.db import migrations

from feldsher.domain.scheduling.migrations._functions import loading

_FORMER = """
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval,
                                       smallint, smallint)
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0011_stages")]

    operations = loading(former=_FORMER)

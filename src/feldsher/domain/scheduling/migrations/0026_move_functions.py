"""A move's new time may overlap its own old one; the functions of sql/ are loaded anew with it."""

from django.db import migrations

from feldsher.domain.scheduling.migrations._functions import loading

_FORMER = """
    DROP FUNCTION IF EXISTS free_slots(uuid[], uuid, uuid, timestamptz, timestamptz, integer, interval,
                                       smallint, smallint, boolean, boolean),
                            slot_places(uuid, uuid, timestamptz, scheduling_offer)
"""


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0025_call_programme")]

    operations = [*loading(former=_FORMER)]

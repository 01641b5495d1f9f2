"""A wish of a specialty, in some branches of several; one open offer a phone."""

import django.contrib.postgres.fields
from django.db import migrations, models

_CARRY = """
SELECT set_config('feldsher.visits', 'all', true), set_config('feldsher.writes', 'on', true);
UPDATE scheduling_wish SET locations = ARRAY[location] WHERE location IS NOT NULL;
UPDATE scheduling_waiting_offer o SET practitioner = h.practitioner
FROM scheduling_appointment h WHERE h.id = o.hold;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0021_letter_to"),
    ]

    operations = [
        migrations.AddField(
            model_name="waitingoffer",
            name="phone_key",
            field=models.BinaryField(default=b""),
        ),
        migrations.AddField(
            model_name="waitingoffer",
            name="practitioner",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="wish",
            name="locations",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.UUIDField(), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="wish",
            name="specialty",
            field=models.TextField(default=""),
        ),
        migrations.RunSQL(_CARRY, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="waitingoffer",
            name="practitioner",
            field=models.UUIDField(),
        ),
        migrations.RemoveField(
            model_name="wish",
            name="location",
        ),
        migrations.AlterField(
            model_name="wish",
            name="practitioner",
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(
                condition=models.Q(("specialty", ""), ("state", "waiting")),
                fields=["practitioner"],
                name="scheduling_wish_of_doctor",
            ),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(
                condition=models.Q(("practitioner", None), ("state", "waiting")),
                fields=["specialty"],
                name="scheduling_wish_of_specialty",
            ),
        ),
        migrations.AddIndex(
            model_name="wish",
            index=models.Index(
                condition=models.Q(("state", "ended"), _negated=True),
                fields=["phone_key"],
                name="scheduling_wish_of_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitingoffer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open"), models.Q(("phone_key", b""), _negated=True)),
                fields=("phone_key",),
                name="scheduling_waiting_offer_of_phone",
            ),
        ),
        migrations.AddConstraint(
            model_name="wish",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("practitioner__isnull", False), ("specialty", "")),
                    models.Q(
                        ("chain", None), ("practitioner", None), models.Q(("specialty", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="scheduling_wish_of_one_kind",
            ),
        ),
    ]

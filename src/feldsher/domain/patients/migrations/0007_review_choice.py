"""Whether a patient wants to be asked for a review: who has chosen nothing may be."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0006_message_choices"),
    ]

    operations = [
        migrations.AddField(
            model_name="messagechoice",
            name="reviews",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]

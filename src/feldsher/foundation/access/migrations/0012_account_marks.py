"""An account is active exactly while it is neither closed nor blocked.

Rows that say otherwise are shut, never opened; who was shut without a mark is closed from now on.
"""

from django.db import migrations, models

REPAIR = """
UPDATE access_user SET is_active = false
 WHERE is_active AND (disabled_at IS NOT NULL OR blocked_at IS NOT NULL);
UPDATE access_user SET disabled_at = now()
 WHERE NOT is_active AND disabled_at IS NULL AND blocked_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0011_phone_passkey"),
    ]

    operations = [
        migrations.RunSQL(REPAIR, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("blocked_at", None), ("disabled_at", None), ("is_active", True)),
                    models.Q(("disabled_at__isnull", False), ("is_active", False)),
                    models.Q(("blocked_at__isnull", False), ("is_active", False)),
                    _connector="OR",
                ),
                name="access_user_active",
            ),
        ),
    ]

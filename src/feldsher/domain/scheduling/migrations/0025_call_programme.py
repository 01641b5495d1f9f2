from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0024_over_functions")]

    operations = [
        migrations.AddField("callrequest", "programme", models.BinaryField(default=b"")),
    ]

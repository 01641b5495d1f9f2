"""Loaded the functions of sql/; the newest migration that does so is the one that loads them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_who_may_book")]
    operations: list[migrations.operations.base.Operation] = []

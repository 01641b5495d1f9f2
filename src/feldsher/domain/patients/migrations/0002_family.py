"""Who books a patient and consents in their stead, and whom a device may book without typing."""

import uuid
from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RelatedPerson",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "relation",
                    models.CharField(choices=[("parent", "parent"), ("other", "other")], max_length=16),
                ),
                ("name", models.BinaryField()),
                ("phone", models.BinaryField()),
                ("phone_index", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="related",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "db_table": "patients_related_person",
            },
        ),
        migrations.AddField(
            model_name="consent",
            name="given_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="patients.relatedperson",
            ),
        ),
        migrations.CreateModel(
            name="Remembered",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("device", models.BinaryField(max_length=32)),
                ("earlier", models.BinaryField(max_length=32, null=True)),
                ("turned_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="patients.patient"
                    ),
                ),
                (
                    "related",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patients.relatedperson",
                    ),
                ),
            ],
            options={
                "db_table": "patients_remembered",
            },
        ),
        migrations.AddIndex(
            model_name="relatedperson",
            index=models.Index(fields=["phone_index"], name="patients_related_phone"),
        ),
        migrations.AddConstraint(
            model_name="relatedperson",
            constraint=models.CheckConstraint(
                condition=models.Q(("relation__in", ["parent", "other"])), name="patients_related_relation"
            ),
        ),
        migrations.AddIndex(
            model_name="remembered",
            index=models.Index(fields=["earlier"], name="patients_remembered_earlier"),
        ),
        migrations.AddIndex(
            model_name="remembered",
            index=models.Index(fields=["expires_at"], name="patients_remembered_expiry"),
        ),
        migrations.AddConstraint(
            model_name="remembered",
            constraint=models.UniqueConstraint(fields=("device", "patient"), name="patients_remembered_once"),
        ),
        migrations.RunSQL(
            sql=(_SQL / "consent_given_by.sql").read_text(encoding="utf-8"),
            reverse_sql=(_SQL / "consent_given_by_drop.sql").read_text(encoding="utf-8"),
        ),
    ]

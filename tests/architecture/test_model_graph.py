"""Relations between tables point the way imports do; import-linter sees no string foreign keys, this does."""

from collections.abc import Iterator

import pytest
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.test.utils import isolate_apps
from django.utils import translation

from architecture.house import layers

PREFIX = "feldsher."
HOUSE, DOMAIN = layers("feldsher"), layers("feldsher.domain")


def height(module: str) -> tuple[int, int]:
    """Return how high a module stands: by the layer of the house, then by the layer of the domain."""
    _, group, name = module.split(".")[:3]
    inside = next((n for n, layer in enumerate(DOMAIN) if name in layer), 0) if group == "domain" else 0
    return -next(n for n, layer in enumerate(HOUSE) if group in layer), -inside


def relations(apps: Apps) -> Iterator[tuple[str, str, str]]:
    """Yield (module, field, module that the field points to) for each relation between our tables."""
    for model in apps.get_models(include_auto_created=True):
        source = installed.get_app_config(model._meta.app_label).name
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey | models.ManyToManyField):
                target = installed.get_app_config(field.related_model._meta.app_label).name
                if source.startswith(PREFIX) and target.startswith(PREFIX) and source != target:
                    yield source, str(field), target


def upward(edges: list[tuple[str, str, str]]) -> list[str]:
    """Return the edges that point up or sideways; siblings of one layer may point one way only."""
    seen = {(source, target) for source, _, target in edges}
    return [
        f"{field} points from {source} to {target}"
        for source, field, target in edges
        if height(target) > height(source)
        or (height(target) == height(source) and (".domain." in source or (target, source) in seen))
    ]


def test_foreign_keys_point_down() -> None:
    assert upward(list(relations(installed))) == []


def test_migrations_depend_on_what_lies_below() -> None:
    labels = {
        config.label: config.name for config in installed.get_app_configs() if config.name.startswith(PREFIX)
    }
    loader = MigrationLoader(connection=None)
    edges = [
        (labels[migration.app_label], str(migration), labels[label])
        for migration in loader.disk_migrations.values()
        for label, _ in migration.dependencies
        if migration.app_label in labels and label in labels and label != migration.app_label
    ]
    assert {"directory", "patients", "scheduling"} <= loader.migrated_apps
    assert upward(edges) == []


def test_models_and_migrations_agree() -> None:
    with translation.override(None):  # names of fields are compared as they are written
        loader = MigrationLoader(connection=None)
        detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(installed))
        assert detector.changes(graph=loader.graph) == {}


@isolate_apps("feldsher.domain.directory", "feldsher.domain.scheduling")
def test_an_upward_string_foreign_key_is_found() -> None:
    class Target(models.Model):
        class Meta:
            app_label = "scheduling"

    class Source(models.Model):
        target = models.ForeignKey("scheduling.Target", on_delete=models.CASCADE)

        class Meta:
            app_label = "directory"

    assert upward(list(relations(Source._meta.apps))) == [
        "directory.Source.target points from feldsher.domain.directory to feldsher.domain.scheduling"
    ]


@isolate_apps("feldsher.domain.patients", "feldsher.domain.scheduling")
def test_an_upward_many_to_many_is_found() -> None:
    class Other(models.Model):
        class Meta:
            app_label = "scheduling"

    class Friend(models.Model):
        others = models.ManyToManyField("scheduling.Other")

        class Meta:
            app_label = "patients"

    assert (
        "patients.Friend.others points from feldsher.domain.patients to feldsher.domain.scheduling"
        in upward(list(relations(Friend._meta.apps)))
    )


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        ("feldsher.domain.scheduling", "feldsher.domain.directory", True),
        ("feldsher.domain.scheduling", "feldsher.foundation.access", True),
        ("feldsher.domain.laboratory", "feldsher.domain.pharmacy", False),
        ("feldsher.foundation.access", "feldsher.domain.patients", False),
        ("feldsher.foundation.access", "feldsher.foundation.vault", True),
        ("feldsher.channels.api", "feldsher.domain.scheduling", True),
    ],
)
def test_the_order_is_that_of_the_contracts(source: str, target: str, *, allowed: bool) -> None:
    assert (upward([(source, "a field", target)]) == []) is allowed

"""Each table says what class of data it holds, because protection follows from it."""

from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from feldsher.foundation.privacy.data_class import DataClass


def undeclared(found: list[type[models.Model]]) -> list[str]:
    """Return the models that do not declare their class themselves; an inherited one is no declaration."""
    return [model._meta.label for model in found if not isinstance(vars(model).get("data_class"), DataClass)]


def test_each_model_of_ours_declares_its_data_class() -> None:
    ours = [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("feldsher.")
        for model in config.get_models()
    ]
    assert len(ours) > 10
    assert undeclared(ours) == []


@isolate_apps("feldsher.domain.directory")
def test_a_model_without_a_data_class_is_found() -> None:
    class Declared(models.Model):
        data_class = DataClass.PUBLIC

        class Meta:
            app_label = "directory"

    class Silent(Declared):
        class Meta:
            app_label = "directory"

    assert undeclared([Declared, Silent]) == ["directory.Silent"]

"""Wagtail's settings of a person, without Wagtail's administration of people.

Its editor keeps a row about each who uses it (which hints were closed), so that the table has to be there.
Users, groups and passwords are those of `foundation/access` alone: the module that brings pages for them is
replaced by an empty one before anything looks for it, so that there is nothing to hide.
"""

import sys
from importlib.util import module_from_spec, spec_from_loader

from django.apps import AppConfig

_PAGES_OF_PEOPLE = "wagtail.users.wagtail_hooks"


class ProfilesConfig(AppConfig):
    name = "wagtail.users"
    label = "wagtailusers"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        nothing = spec_from_loader(_PAGES_OF_PEOPLE, loader=None)
        assert nothing is not None  # noqa: S101 - a name alone always makes one
        sys.modules[_PAGES_OF_PEOPLE] = module_from_spec(nothing)

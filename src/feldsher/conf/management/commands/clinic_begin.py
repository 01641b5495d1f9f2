"""Makes the first records of a clinic without a MIS, its texts and its editor: `feldsher init` calls it.

All of it is one transaction, the editor last. Where an `init` ended after it and before its settings were
written, the records are there: only the password, which nobody may have read, is made anew.
"""

import secrets
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from feldsher.conf.management.refusing import RefusingCommand
from feldsher.domain.directory import selectors as catalogue
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.brand import BrandChange
from feldsher.domain.editorial import services as editorial
from feldsher.domain.patients import services as patients
from feldsher.domain.scheduling import services as scheduling
from feldsher.foundation.access import services as access
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.selectors import all_staff

_AUTHOR: Final = "init"
_LOGIN: Final = "editor"
_PASSWORD_BYTES = 15
_DOCTORS: Final = (
    ("Небывалова", "Вера", "Примеровна", "Терапия", "Приём терапевта", 2400),
    ("Окулистов", "Проба", "Тестович", "Офтальмология", "Приём офтальмолога", 2800),
)
"""Invented: family, given and middle name, specialty, service and its price in roubles."""


class Command(RefusingCommand):
    help = "Make the first branch, legal entity, texts and editor; prints the editor's password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in ("name", "zone", "legal-entity"):
            parser.add_argument(f"--{name}", required=True)
        for name in ("phone", "city", "address"):
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--example", action="store_true", help="invented doctors, services and pages")

    def act(self, options: dict[str, Any]) -> None:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        if any(person.login == _LOGIN for person in all_staff()):
            access.change_password(_LOGIN, password=password)
        else:
            self._begin(options, password)
        self.stdout.write(f"{_LOGIN}: password {password} (shown once)")

    def _begin(self, options: dict[str, Any], password: str) -> None:
        with transaction.atomic():
            patients.publish_first_texts()
            branch = self._branch(options)
            if options["example"]:
                _example(branch)
                editorial.rehearse()
            scheduling.rebuild_offers()
            access.create_staff(_LOGIN, password=password, roles=(Role.EDITOR,))

    def _branch(self, options: dict[str, Any]) -> UUID:
        directory.save_brand(BrandChange(options["name"]), author=_AUTHOR)
        values = {field: options[field] for field in ("name", "zone", "city", "address", "phone")}
        branch = directory.add_record(Kind.LOCATION, values=values, author=_AUTHOR)
        entity = next(iter(catalogue.organizations()))
        for field in ("name", "full_name"):
            directory.set_overlay(
                Kind.ORGANIZATION, target=entity, field=field, value=options["legal_entity"], author=_AUTHOR
            )
        return branch


def _example(branch: UUID) -> None:
    """Add invented doctors of the branch with a service each and its price."""
    for family, given, middle, specialty, service, roubles in _DOCTORS:
        names = {"family": family, "given": given, "middle": middle}
        doctor = directory.add_record(Kind.PRACTITIONER, values=names, author=_AUTHOR)
        directory.add_workplace(doctor, location=branch, specialty=specialty, author=_AUTHOR)
        terms = {"name": service, "minutes": 30}
        given_service = directory.add_record(Kind.SERVICE, values=terms, author=_AUTHOR)
        directory.give_service(doctor, service=given_service, minutes="", author=_AUTHOR)
        directory.set_price(
            given_service, location=None, practitioner=None, amount=Decimal(roubles), author=_AUTHOR
        )

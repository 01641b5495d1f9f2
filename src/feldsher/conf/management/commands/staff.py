"""`staff add LOGIN --role registrar`, `grant`, `end`, `list`, `password`: who signs in.

A password is made here, printed once, and kept nowhere but as a hash.
"""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feldsher.foundation.access import selectors, services
from feldsher.foundation.access.roles import Role
from feldsher.kernel.errors import DomainError, InvalidInputError

_PASSWORD_BYTES = 15


class Command(BaseCommand):
    help = "Add a member of staff, give or end a role, make a new password, list everybody."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="act")
        add = acts.add_parser("add", help="add a person; prints their password once")
        add.add_argument("login")
        add.add_argument("--role", action="append", default=[], help="may be given several times")
        add.add_argument("--name", default="", help="as colleagues know them")
        for act, words in (("grant", "give a role"), ("end", "take a role away")):
            one = acts.add_parser(act, help=words)
            one.add_argument("login")
            one.add_argument("--role", required=True)
        acts.add_parser("password", help="make a new password; ends every session").add_argument("login")
        acts.add_parser("list", help="everybody with their roles")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        try:
            self._act(options)
        except InvalidInputError as error:
            raise CommandError("; ".join(error.fields.values())) from error
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error

    def _act(self, options: dict[str, Any]) -> None:
        act, login = options["act"], options.get("login", "")
        if act == "add":
            roles = tuple(role_of(code) for code in options["role"])
            password = secrets.token_urlsafe(_PASSWORD_BYTES)
            services.create_staff(login, password=password, name=options["name"], roles=roles)
            self.stdout.write(f"{login}: password {password} (shown once)")
        elif act == "password":
            password = secrets.token_urlsafe(_PASSWORD_BYTES)
            services.change_password(login, password=password)
            self.stdout.write(f"{login}: password {password} (shown once)")
        elif act == "list":
            for person in selectors.all_staff():
                roles_now = ", ".join(each.role for each in person.grants if each.ended_at is None)
                self.stdout.write(f"{person.login:<20} {roles_now or 'no role'}  {person.name}".rstrip())
        else:
            change = services.grant if act == "grant" else services.end_grant
            person_now = change(login, role_of(options["role"]))
            self.stdout.write(f"{login}: {', '.join(sorted(person_now.roles)) or 'no role'}")


def role_of(code: str) -> Role:
    """Return the role; an unknown code is answered with those that there are."""
    try:
        return Role(code)
    except ValueError:
        known = "\n".join(f"  {role.value:<20} {role.russian}" for role in Role)
        raise CommandError(f"no role {code}; there are:\n{known}") from None

"""`staff add LOGIN --role registrar`, `grant`, `end`, `place`, `password`, …: who signs in.

What is done here is done at once and needs no second person: who has the server has everything. A password is
made here, printed once, and kept nowhere but as a hash.
"""

import secrets
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError

from feldsher.conf.management.refusing import RefusingCommand
from feldsher.domain.directory import selectors as directory
from feldsher.foundation.access import accounts, grants, selectors, services
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import StaffCard

_PASSWORD_BYTES = 15


class Command(RefusingCommand):
    help = "Add a member of staff, give or end a role, make a new password, open an account, list everybody."

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
        place = acts.add_parser("place", help="say which doctor the person is, and of which department")
        place.add_argument("login")
        place.add_argument("--practitioner", type=UUID, help="the doctor's id; without it no doctor")
        place.add_argument("--department", type=UUID, help="the department's id; without it none")
        acts.add_parser("password", help="make a new password; ends every session").add_argument("login")
        acts.add_parser("reset", help="take second factors and PIN from who lost them").add_argument("login")
        acts.add_parser("enable", help="open an account that is closed or blocked").add_argument("login")
        acts.add_parser("list", help="everybody with their roles")

    def act(self, options: dict[str, Any]) -> None:
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
        elif act == "place":
            if options["practitioner"] is not None:
                directory.practitioner(options["practitioner"])
            placed = services.place(
                login, practitioner=options["practitioner"], department=options["department"]
            )
            where = placed.practitioner_id or "no doctor", placed.department_id or "no department"
            self.stdout.write(f"{login}: {where[0]}, {where[1]}")
            if placed.practitioner_id and not placed.department_id:
                self.stdout.write("No head reviews the emergencies of a doctor without a department.")
        elif act == "reset":
            services.reset_factors(login)
            self.stdout.write(f"{login}: no second factor, no PIN, no session")
        elif act == "enable":
            accounts.open_anyway(selectors.staff_named(login).id)
            self.stdout.write(f"{login}: open")
        elif act == "list":
            for person in selectors.all_staff():
                roles_now = ", ".join(person.roles) or "no role"
                self.stdout.write(f"{person.login:<20} {roles_now}{state_of(person)}  {person.name}".rstrip())
        else:
            change = grants.give_anyway if act == "grant" else grants.end_anyway
            change(selectors.staff_named(login).id, role_of(options["role"]))
            left = sorted(selectors.staff_named(login).roles)
            self.stdout.write(f"{login}: {', '.join(left) or 'no role'}")


def state_of(person: StaffCard) -> str:
    """Return what keeps a person out, as the list says it; nothing for who may sign in."""
    if person.shut is None:
        return ""
    closed = ", closed" if person.shut.closed_at else ""
    return closed + (", blocked" if person.shut.blocked_at else "")


def role_of(code: str) -> Role:
    """Return the role; an unknown code is answered with those that there are."""
    try:
        return Role(code)
    except ValueError:
        known = "\n".join(f"  {role.value:<20} {role.russian}" for role in Role)
        raise CommandError(f"no role {code}; there are:\n{known}") from None

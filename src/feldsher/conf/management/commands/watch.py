"""`watch honey add ID`, `remove ID`, `list`; `watch lift LOGIN`: what is done from the machine."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from feldsher.foundation.access import restrictions, selectors
from feldsher.foundation.watch import services
from feldsher.foundation.watch.selectors import honey


class Command(BaseCommand):
    help = "Patients who don't exist, for whom somebody looks; and a block that nobody else can lift."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        honey_parser = what.add_parser("honey", help="patients of whom one look is enough")
        honey_parser.add_argument("act", choices=["add", "remove", "list"])
        honey_parser.add_argument("patient", nargs="?", type=UUID)
        lift = what.add_parser("lift", help="let a blocked person sign in again")
        lift.add_argument("login")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if options["what"] == "lift":
            self._lift(options["login"])
        elif options["act"] == "list":
            self.stdout.write("\n".join(map(str, honey())) or "No patient is marked.")
        elif options["patient"] is None:
            raise CommandError("Which patient? Give the id.")
        elif options["act"] == "add":
            services.mark_honey(options["patient"])
            self.stdout.write("Marked. Whoever is shown this patient is blocked.")
        else:
            services.unmark_honey(options["patient"])
            self.stdout.write("Not marked any more.")

    def _lift(self, login: str) -> None:
        who = next((card.id for card in selectors.all_staff() if card.login == login), None)
        if who is None:
            raise CommandError("There is no such login.")
        if not restrictions.lift_block(who):
            raise CommandError("No block stands on this account.")
        self.stdout.write("Lifted. The person can sign in again; earlier sessions stay over.")

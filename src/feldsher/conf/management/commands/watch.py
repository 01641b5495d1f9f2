"""`watch honey add ID`, `remove ID`, `list`: patients who don't exist, whom nobody has a reason to open."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from feldsher.foundation.watch import services
from feldsher.foundation.watch.selectors import honey


class Command(BaseCommand):
    help = "Mark patients who don't exist: whoever is shown one is blocked."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        marked = what.add_parser("honey", help="patients of whom one look is enough")
        marked.add_argument("act", choices=["add", "remove", "list"])
        marked.add_argument("patient", nargs="?", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        if options["act"] == "list":
            self.stdout.write("\n".join(map(str, honey())) or "No patient is marked.")
        elif options["patient"] is None:
            raise CommandError("Which patient? Give the id.")
        elif options["act"] == "add":
            services.mark_honey(options["patient"])
            self.stdout.write("Marked. Whoever is shown this patient is blocked.")
        else:
            services.unmark_honey(options["patient"])
            self.stdout.write("Not marked any more.")

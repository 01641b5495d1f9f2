"""`exams check FILE`, `exams load FILE`: the list of an order's examinations that the site counts by."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feldsher.domain.corporate import services
from feldsher.kernel.errors import InvalidInputError

_AUTHOR = "server"


class Command(BaseCommand):
    help = "Check a list of compulsory examinations (docs/modules/corporate.md), or load it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["check", "load"])
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        try:
            body = options["file"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{options['file']}: {error}") from None
        try:
            if options["act"] == "check":
                found = services.check_exam_list(body)
            else:
                found = services.load_exam_list(body, author=_AUTHOR)
        except InvalidInputError as error:
            raise CommandError(
                "\n".join(f"{place}: {words}" for place, words in error.fields.items())
            ) from None
        said = "loaded" if options["act"] == "load" else "is right"
        self.stdout.write(f"{options['file']} {said}: {len(found.points)} points from {found.valid_from}.")

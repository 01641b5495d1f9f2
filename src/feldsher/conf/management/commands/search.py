"""`search rebuild`: bring the index of the search to what the tables say; again, it changes nothing."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from feldsher.domain.directory import services as directory
from feldsher.domain.editorial import services as editorial
from feldsher.domain.search import services as search


class Command(BaseCommand):
    help = "Bring the index of the search to what the tables say."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["rebuild"])

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        done = [directory.fill_search(), editorial.fill_search()]
        written, removed = sum(each.written for each in done), sum(each.removed for each in done)
        wrong = search.recount_words()
        self.stdout.write(f"{written} documents written, {removed} removed, {wrong} counts of words mended.")

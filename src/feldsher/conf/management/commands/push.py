"""`feldsher push keys`: a value for FELDSHER_PUSH with a new key. Printed once and kept nowhere."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from feldsher.integrations import push


class Command(BaseCommand):
    help = "Make a key of Web Push; a new one ends every subscription that was made under another."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own form

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="act")
        acts.add_parser("keys", help="print a value for FELDSHER_PUSH")

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        told = {"private_key": push.new_private_key(), "contact": "mailto:site@clinic.example"}
        self.stdout.write(json.dumps(told))

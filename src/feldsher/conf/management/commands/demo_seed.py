"""Fills an empty installation: the MIS's directory, an overlay, the first texts, the first sync."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from feldsher.domain.directory import services as directory
from feldsher.domain.patients import services as patients
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling import services as scheduling
from feldsher.kernel.errors import DomainError


class Command(BaseCommand):
    help = "Import every MIS's directory, load an overlay, publish the first texts and synchronise once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--overlay", type=Path, help="a JSON document of values that the MIS lacks")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        patients.publish_first_texts()
        try:
            for mis in gateways.all_mis():
                snapshot = gateways.gateway(mis).directory()
                report = directory.import_snapshot(mis, snapshot=snapshot)
                self.stdout.write(f"{mis}: {report.created} created, {report.updated} updated")
                if options["overlay"] is not None:
                    document = json.loads(options["overlay"].read_text(encoding="utf-8"))
                    directory.load_overlay(mis, document=document, author="demo")
            scheduling.rebuild_offers()
            for mis in gateways.all_mis():
                done = scheduling.synchronise(mis)
                if not done.is_complete:
                    raise CommandError(f"{mis}: its schedule came empty or in part; see its log")
                self.stdout.write(f"{mis}: {done.changed} days of doctors in the mirror")
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error

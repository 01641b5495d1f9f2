"""Fills an empty installation: directory of the MIS, overlay, first texts and sync; a demo has more."""

import json
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from feldsher.conf.demo.checkups import compose_demo_programmes
from feldsher.conf.demo.companies import compose_demo_companies
from feldsher.conf.demo.maps import draw_demo_maps
from feldsher.conf.demo.staff import EDITOR, STAFF, STAFF_PASSWORD
from feldsher.domain.directory import selectors as catalogue
from feldsher.domain.directory import services as directory
from feldsher.domain.directory.types.brand import BrandChange
from feldsher.domain.editorial import services as editorial
from feldsher.domain.figures import services as figures
from feldsher.domain.patients import services as patients
from feldsher.domain.reviews import services as reviews
from feldsher.domain.scheduling import gateways
from feldsher.domain.scheduling import services as scheduling
from feldsher.foundation.access import services as access
from feldsher.foundation.access.errors import LoginTakenError
from feldsher.kernel import clock, formats
from feldsher.kernel.errors import DomainError

DEMO_NAME = "Фельдшер Демо"


class Command(BaseCommand):
    help = "Import every MIS's directory, load an overlay, publish the first texts and synchronise once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--overlay", type=Path, help="a JSON document of values that the MIS lacks")
        parser.add_argument("--articles", type=int, default=0, help="so many invented articles, in a demo")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django's signature
        patients.publish_first_texts()
        if settings.DEMO:
            hire_demo_staff()
        try:
            # Staff may change what the document says, so that it is loaded into an empty installation only.
            is_first = options["overlay"] is not None and not catalogue.brand().is_saved
            for mis in gateways.all_mis():
                snapshot = gateways.gateway(mis).directory()
                report = directory.import_snapshot(mis, snapshot=snapshot)
                self.stdout.write(f"{mis}: {report.created} created, {report.updated} updated")
                if is_first:
                    document = json.loads(options["overlay"].read_text(encoding="utf-8"))
                    directory.load_overlay(mis, document=document, author="demo")
            if is_first:
                directory.save_brand(BrandChange(DEMO_NAME), author="demo")
            scheduling.rebuild_offers()
            for mis in gateways.all_mis():
                done = scheduling.synchronise(mis)
                if not done.is_complete:
                    raise CommandError(f"{mis}: its schedule came empty or in part; see its log")
                self.stdout.write(f"{mis}: {done.changed} days of doctors in the mirror")
            if settings.DEMO:
                self.stdout.write(f"{editorial.rehearse(articles=options['articles'])} invented pages")
                self.stdout.write(f"invented figures of {figures.rehearse()} doctors")
                today = formats.local_day(clock.now(), formats.MOSCOW)
                self.stdout.write(f"invented reviews: {reviews.rehearse(staff=EDITOR)}")
                self.stdout.write(f"invented programmes: {compose_demo_programmes(today=today)}")
                if is_first:  # staff may take one away
                    self.stdout.write(f"invented maps: {draw_demo_maps()}")
                self.stdout.write(f"invented insurers: {compose_demo_companies()}")
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.detail}") from error


def hire_demo_staff() -> None:
    """Create one person a role, whose password everybody knows: for a demo, and for nothing else."""
    for login, (name, role) in STAFF.items():
        with suppress(LoginTakenError):
            access.create_staff(login, password=STAFF_PASSWORD, name=name, roles=(role,))

"""`feldsher egress`: the hosts that this installation ever calls, one a line, for a firewall."""

from typing import Any

from django.core.management.base import BaseCommand

from feldsher.foundation.egress.register import hosts


class Command(BaseCommand):
    help = "List the hosts that are ever called: host, port, country, place, classes of data, purpose."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own form

    def handle(self, *args: Any, **options: Any) -> None:
        del args, options
        for host in hosts():
            classes = ",".join(host.classes)
            place = "internal" if host.is_internal else "outside"
            line = (host.name, str(host.port), host.country, place, classes, host.purpose)
            self.stdout.write("\t".join(line))

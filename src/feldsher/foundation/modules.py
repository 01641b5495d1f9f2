"""Which modules of the product are on: `settings.FELDSHER_MODULES`, made once by conf of the kind of project.

It is asked at each request and in each job, so that nothing is kept from the days of another kind.
"""

from typing import Final

from django.conf import settings

BOOKING: Final = "booking"
"""Times, holds, visits, the waiting list, the cabinet, and the desk's pages about them."""
CHECKUPS: Final = "checkups"
"""Programmes of check-ups, their calculator and requests, and the desk's pages about them."""
CORPORATE: Final = "corporate"
"""What the clinic does for companies, the calculator of examinations, companies' requests and their queue."""


def is_on(module: str) -> bool:
    """Whether a module is on here."""
    return module in settings.FELDSHER_MODULES


def has_booking() -> bool:
    """Whether patients book here."""
    return is_on(BOOKING)

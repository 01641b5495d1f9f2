"""Which modules of the product are on: `settings.FELDSHER_MODULES`, made once by conf of the kind of project.

It is asked at each request and in each job, so that nothing is kept from the days of another kind.
"""

from typing import Final

from django.conf import settings

BOOKING: Final = "booking"
"""Times, holds, visits, the waiting list, the cabinet, and the desk's pages about them."""


def has_booking() -> bool:
    """Whether patients book here."""
    return BOOKING in settings.FELDSHER_MODULES

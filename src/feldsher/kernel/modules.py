"""Names of the product's modules that a kind of project turns on or off."""

from typing import Final

BOOKING: Final = "booking"
"""Times, holds, visits, the waiting list, the cabinet, and the desk's pages about them."""

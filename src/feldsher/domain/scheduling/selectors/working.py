"""Whether the own schedule is in use here."""

from feldsher.domain.directory.types.own import OWN_SCHEDULE
from feldsher.domain.scheduling import gateways


def keeps_own_schedule() -> bool:
    """Tell whether the settings name the own schedule: then staff make records and say hours."""
    return OWN_SCHEDULE in gateways.all_mis()

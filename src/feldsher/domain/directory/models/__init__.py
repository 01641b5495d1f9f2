"""Tables of the directory."""

from feldsher.domain.directory.models.branch_map import LocationMap, MapRendition
from feldsher.domain.directory.models.exports import BranchExport
from feldsher.domain.directory.models.price_list import PriceListItem, PriceListType
from feldsher.domain.directory.models.profile import PhotoRendition, PractitionerPhoto
from feldsher.domain.directory.models.records import (
    NIL,
    Act,
    BookingRule,
    Brand,
    Department,
    ExternalId,
    HealthcareService,
    Location,
    Organization,
    Overlay,
    Practitioner,
    PractitionerRole,
    PractitionerService,
    PractitionerSnils,
    Price,
    Sourced,
    Specialty,
)

__all__ = [
    "NIL",
    "Act",
    "BookingRule",
    "BranchExport",
    "Brand",
    "Department",
    "ExternalId",
    "HealthcareService",
    "Location",
    "LocationMap",
    "MapRendition",
    "Organization",
    "Overlay",
    "PhotoRendition",
    "Practitioner",
    "PractitionerPhoto",
    "PractitionerRole",
    "PractitionerService",
    "PractitionerSnils",
    "Price",
    "PriceListItem",
    "PriceListType",
    "Sourced",
    "Specialty",
]

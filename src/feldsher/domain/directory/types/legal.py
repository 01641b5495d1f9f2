"""How complete is what a clinic has to publish."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedCounts:
    """How many of those that a site shows have what it has to show of them.

    Doctors are open ones who work in an open branch; services are what such a doctor gives. Education counts
    with a certificate or accreditation that is good, as order 118н wants both.
    """

    doctors: int
    doctors_with_specialty: int
    doctors_with_schedule: int
    doctors_with_education: int
    services: int
    services_with_price: int

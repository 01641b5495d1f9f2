"""Names that tell what a visit is about, or at whom: they stand on the site, and in no message."""

from feldsher.domain.directory.models import HealthcareService, Practitioner, Specialty
from feldsher.domain.directory.types import ServiceKind


def telling_names() -> tuple[tuple[str, str], ...]:
    """Return what each names, in Russian, and the name: of open doctors, specialties and services."""
    specialties = Specialty.objects.filter(closed_at=None).values_list("text", "title")
    doctors = Practitioner.objects.filter(closed_at=None).values_list("family", "given", "middle")
    services = HealthcareService.objects.filter(closed_at=None, kind=ServiceKind.SERVICE)
    return (
        *(("врач", " ".join(filter(None, names))) for names in doctors),
        *(("специальность", name) for names in specialties for name in names if name),
        *(("услуга", name) for name in services.values_list("name", flat=True) if name),
    )

"""An emergency of an invented patient, for the tests of its pages."""

from datetime import date

from domain.scheduling.factory import appointment, at
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.types import NewPatient

FORM, PROVE, REVIEWS = "/desk/emergency/", "/desk/emergency/prove/", "/desk/emergency/reviews/"
ANNA = {"family": "Небывалова", "given": "Анна", "birth_date": "1990-01-02", "phone": ""}
WHY = {"reason": "life", "words": "Привезли без сознания, своего врача нет"}


def a_patient() -> None:
    """Write the patient and one visit."""
    new = NewPatient("Небывалова", "Анна", phone="+79000000001", birth_date=date(1990, 1, 2))
    appointment(at(6), at(7), patient=patients.ensure_patient(new, channel="site"))

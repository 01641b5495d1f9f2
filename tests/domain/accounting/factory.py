"""Visits of the invented clinic as accounting systems hear of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any, Final
from uuid import UUID, uuid4

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from domain.directory import factory as clinic
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold, take_jobs
from feldsher.conf.composition import build_bases
from feldsher.domain.accounting import gateways, services
from feldsher.domain.accounting.models import Document
from feldsher.domain.accounting.types import BaseTerms, WordsReport
from feldsher.domain.directory.types import Kind
from feldsher.domain.scheduling.models import Appointment
from feldsher.domain.scheduling.types import State
from feldsher.integrations import commerceml
from testbench.commerceml.orders import Order, Said, read_orders, statuses_file

SOURCE: Final = "1c"
PRICE: Final = Decimal(1900)


def bind(*terms: BaseTerms) -> None:
    """Give these accounting systems visits; without any, «1c» gets those of all branches."""
    bound = terms or (BaseTerms(SOURCE, None),)
    gateways.bind(
        commerceml.write_documents, commerceml.read_words, terms={each.source: each for each in bound}
    )


@contextmanager
def given_visits() -> Iterator[None]:
    """Give «1c» the visits of all branches for the block, and then again what the settings say."""
    bind()
    yield
    gateways.bind(commerceml.write_documents, commerceml.read_words, terms=build_bases())


def visit(start: datetime = VISIT_AT, *, state: State = State.BOOKED, **changes: Any) -> UUID:
    """Write a visit of the eye doctor's in the northern branch as it stands."""
    row_id = uuid4()
    span = DateTimeTZRange(start, start + timedelta(minutes=30))
    values: dict[str, Any] = {
        "chain": row_id,
        "practitioner": clinic.row(Kind.PRACTITIONER, clinic.EYE.id),
        "location": clinic.row(Kind.LOCATION, clinic.NORTH.id),
        "service": clinic.row(Kind.SERVICE, clinic.FIRST_VISIT.id),
        "visit": span,
        "occupied": span,
        "patient": uuid4(),
        "price": PRICE,
        "channel": "site",
    }
    Appointment.objects.create(id=row_id, state=state, **values | changes)
    return row_id


def booked_by_a_patient() -> UUID:
    """Have «Пробный Пётр» book a visit, and the clinic accept it."""
    held = hold()
    confirm(held)
    take_jobs()
    Appointment.objects.filter(pk=held).update(state=State.BOOKED, price=PRICE)
    return held


def become(visit_id: UUID, *states: State) -> None:
    """Change the state of a visit, a step after the other."""
    for state in states:
        Appointment.objects.filter(pk=visit_id).update(state=state)


def document(chain: UUID) -> Document:
    return Document.objects.get(chain=chain)


def asked(exchange: UUID | None = None, *, source: str = SOURCE) -> list[Order]:
    """Open the base and ask for documents, as one exchange does, without confirming."""
    services.open_base(source)
    return read_orders(services.hand_over(source, exchange=exchange or uuid4()))


def taken(*, source: str = SOURCE) -> list[Order]:
    """Ask for documents and confirm them."""
    exchange = uuid4()
    found = asked(exchange, source=source)
    services.confirm_taken(source, exchange=exchange)
    return found


def said_of(chain: UUID, **changes: Any) -> Said:
    """Say of a visit what a base says that agrees with it."""
    row = document(chain)
    return Said(**{"id": str(row.key), "number": str(row.pk), "amount": f"{row.price or 0}", **changes})


def tell(*said: Said, source: str = SOURCE) -> WordsReport:
    return services.take_words(source, stream=BytesIO(statuses_file(said)))

"""Compares what stands here with the accounting system's word of it. Nothing is put right: people do that.

What is on its way has a day: a document to be fetched and answered, a cancelled one to be cancelled there.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, CharField, F, Q, Value, When

from feldsher.domain.accounting import gateways
from feldsher.domain.accounting.concerns import NOT_TO_BE, STANDING, WORK, documents_of, require_terms
from feldsher.domain.accounting.models import Base, Difference
from feldsher.domain.accounting.types import DifferenceKind
from feldsher.foundation.access.context import as_service
from feldsher.kernel import clock

PATIENCE: Final = timedelta(days=1)


def check_all() -> None:
    """Compare with every accounting system that has begun to exchange."""
    for terms in gateways.all_terms():
        check(terms.source)


def check(source: str) -> int:
    """Compare with one accounting system: note what differs now, settle what does not; return how many.

    One that has never exchanged differs in nothing. Raises NoVisitsError.
    """
    terms, now = require_terms(source), clock.now()
    with as_service(WORK):
        base = Base.objects.select_for_update().filter(source=source).first()
        if base is None:
            return 0
        documents = documents_of(base, terms)
        differing = documents.annotate(kind=_kind(base, now)).filter(kind__isnull=False)
        found = dict(differing.order_by("pk").values_list("pk", "kind"))
        kept = set()
        for each in Difference.objects.filter(source=source, settled_at=None).select_for_update():
            if found.get(each.document_id) == each.kind:
                kept.add(each.document_id)
            else:
                each.settled_at = now
                each.save(update_fields=["settled_at"])
        Difference.objects.bulk_create(
            Difference(document_id=document, source=source, kind=kind, found_at=now)
            for document, kind in found.items()
            if document not in kept
        )
        Base.objects.filter(pk=source).update(checked_at=now, compared=documents.count())
    return len(found)


def _kind(base: Base, now: datetime) -> Case:
    """Say how a document differs, None where it does not.

    A word counts once it is later than what was taken last: before that it speaks of an older version. One
    that does not come within PATIENCE stands. A base that never says a word has its orders one way only.
    """
    late = now - PATIENCE
    is_heard = Q(said_at__isnull=False, is_due=False)
    is_settled = is_heard & (Q(said_at__gte=F("taken_at")) | Q(taken_at__lt=late))
    standing, not_to_be = Q(state__in=list(STANDING)), Q(state__in=list(NOT_TO_BE))
    cases = [
        (Q(is_due=True, changed_at__lt=late), DifferenceKind.NOT_TAKEN),
        (Q(is_due=False, said_at=None, taken_at__lt=late), DifferenceKind.UNANSWERED),
        (is_settled & standing & Q(is_cancelled_there=True), DifferenceKind.CANCELLED_THERE),
        (is_settled & not_to_be & Q(is_cancelled_there=False), DifferenceKind.CANCELLED_HERE),
        (
            is_settled & standing & Q(price__gt=0, amount_there__isnull=False) & ~Q(amount_there=F("price")),
            DifferenceKind.OTHER_SUM,
        ),
    ]
    if base.said_at is None:
        cases = [(when, kind) for when, kind in cases if kind is not DifferenceKind.UNANSWERED]
    whens = [When(when, then=Value(kind.value)) for when, kind in cases]
    return Case(*whens, default=None, output_field=CharField(null=True))

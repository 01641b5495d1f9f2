"""Reads of messaging: what became of messages and what they say as a rule, never to whom or of whom."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Case, Count, Exists, F, OuterRef, QuerySet, Sum, Value, When

from feldsher.foundation.messaging import gateways, wording
from feldsher.foundation.messaging.models import Account, Attempt, Message, OwnText, SpentDay
from feldsher.foundation.messaging.parts import parts_of
from feldsher.foundation.messaging.types import (
    AccountCard,
    AttemptCount,
    Delivery,
    Draft,
    FailedMessage,
    Failure,
    Kind,
    MessageState,
    Spent,
    TextCard,
    TextVariable,
)
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError

PRICED_BY = timedelta(days=30)


def sent(keys: Collection[str]) -> frozenset[str]:
    """Return those of the keys whose message a provider has taken, and not told since that it failed.

    Of the last 30 days.
    """
    return frozenset(_sent().filter(key__in=keys).values_list("key", flat=True))


def delivered(keys: Collection[str]) -> frozenset[str]:
    """Return those of the keys whose message was told to have arrived; of the last 30 days."""
    found = Message.objects.filter(key__in=keys, calls__delivery=Delivery.DELIVERED)
    return frozenset(found.values_list("key", flat=True))


def spent(first: date, last: date) -> tuple[Spent, ...]:
    """Return what SMS of those days (by Moscow's clock, both within) cost, the dearest first.

    Counted each hour; a kind that the product no longer sends is left out.
    """
    rows = SpentDay.objects.filter(day__gte=first, day__lte=last, kind__in=list(Kind))
    summed = rows.values_list("kind", "provider").annotate(
        *(Sum(name) for name in ("messages", "delivered", "parts")), roubles=Sum("cost"), bare=Sum("unpriced")
    )
    return tuple(Spent(Kind(row[0]), *row[1:]) for row in summed.order_by("-roubles", "kind", "provider"))


def is_sent(key: str) -> bool:
    """Return whether a provider has taken the message of this key; False where that is not certain."""
    return _sent().filter(key=key).exists()


def _sent() -> QuerySet[Message]:
    failed = Attempt.objects.filter(
        message=OuterRef("pk"), delivery__in=[Delivery.NOT_DELIVERED, Delivery.EXPIRED]
    )
    return Message.objects.filter(~Exists(failed), state=MessageState.SENT)


def texts() -> tuple[TextCard, ...]:
    """Return the text of each kind that a clinic may change."""
    latest = {row.kind: row for row in OwnText.objects.order_by("kind", "-id").distinct("kind")}
    price = part_price()
    return tuple(_card(kind, latest.get(kind), price) for kind in wording.WORDINGS)


def text(kind: str) -> TextCard:
    """Return the text of one kind; NotFoundError where there is none that may be changed."""
    known = next((each for each in wording.WORDINGS if each == kind), None)
    if known is None:
        raise NotFoundError("no such kind of message")
    return _card(known, OwnText.objects.filter(kind=known).order_by("-id").first(), part_price())


def draft(text: str) -> Draft:
    """Return a text as it would be sent."""
    return _draft(text, part_price())


def part_price() -> Decimal | None:
    """Return what a part costs at the provider that is asked first, by what it told in the last 30 days."""
    names = [each.name for each in gateways.providers()]
    told = Attempt.objects.filter(
        provider=names[0],
        cost__isnull=False,
        message__parts__gt=0,
        started_at__gt=clock.now() - PRICED_BY,
    ).aggregate(cost=Sum("cost"), parts=Sum("message__parts"))
    return told["cost"] / told["parts"] if told["parts"] else None


def _card(kind: Kind, row: OwnText | None, price: Decimal | None) -> TextCard:
    said = wording.WORDINGS[kind]
    is_own = row is not None and row.text != ""
    return TextCard(
        kind=kind,
        when=said.when,
        draft=_draft(row.text if row is not None and is_own else said.usual, price),
        usual=said.usual,
        variables=tuple(
            TextVariable(name, wording.VARIABLES[name][0], is_needed=name in said.must) for name in said.may
        ),
        author=row.author if row is not None and is_own else "",
        changed_at=row.at if row is not None and is_own else None,
    )


def _draft(text: str, price: Decimal | None) -> Draft:
    shown = wording.example(text)
    parts = parts_of(shown)
    return Draft(text, shown, parts, None if price is None else (price * parts).quantize(Decimal("0.01")))


def failed(kinds: Collection[Kind]) -> tuple[FailedMessage, ...]:
    """Return the last failure about each thing of which it is still worth telling; opens no phone.

    None where a later message about it was delivered, nor where nobody provides SMS here.
    """
    worth = Message.objects.filter(kind__in=kinds, about__isnull=False, valid_until__gt=clock.now())
    heard = Message.objects.filter(
        about=OuterRef("about"), created_at__gt=OuterRef("created_at"), calls__delivery=Delivery.DELIVERED
    )
    refused = worth.filter(~Exists(heard), state=MessageState.REFUSED).exclude(refusal="no_provider")
    missed = worth.filter(
        ~Exists(heard),
        state=MessageState.SENT,
        calls__delivery__in=[Delivery.NOT_DELIVERED, Delivery.EXPIRED],
    )
    rows = [
        *refused.values_list("about", "kind", Value(Failure.REFUSED.value), "refusal", "finished_at"),
        *missed.values_list("about", "kind", "calls__delivery", "calls__delivery_code", "calls__told_at"),
    ]
    found = [
        FailedMessage(about, Kind(kind), Failure(how), code, at)
        for about, kind, how, code, at in rows
        if about is not None and at is not None
    ]
    latest = {each.about: each for each in sorted(found, key=lambda each: each.failed_at)}
    return tuple(latest.values())


def accounts() -> tuple[AccountCard, ...]:
    """Return the accounts of the providers of the settings, those that were ever told of."""
    names = [each.name for each in gateways.providers()]
    rows = Account.objects.filter(provider__in=names).order_by("provider")
    return tuple(AccountCard(row.provider, row.balance, row.told_at, row.refusal) for row in rows)


def attempt_counts(since: datetime) -> tuple[AttemptCount, ...]:
    """Count the calls to each provider since then by how they ended."""
    ending = Case(When(delivery="", then=F("state")), default=F("delivery"))
    rows = Attempt.objects.filter(started_at__gt=since).annotate(ending=ending)
    counted = rows.values_list("provider", "ending").annotate(attempts=Count("pk"))
    return tuple(AttemptCount(*each) for each in counted.order_by("provider", "ending"))

"""Plays what becomes of the waiting list: who wishes and answers, who tries to get between, and its job."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.scheduling.staff import REGISTRAR
from feldsher.domain.directory import selectors as directory
from feldsher.domain.scheduling import selectors, services, tokens, waiting
from feldsher.domain.scheduling.models import Appointment, WaitingOffer, Wish
from feldsher.domain.scheduling.types import (
    OpenSlot,
    SlotKey,
    State,
    Window,
    WishInput,
    WithdrawReason,
)
from feldsher.kernel.errors import DomainError
from soak import waiters
from soak.known import Known, ViolationError, Wished
from soak.steps import Step

if TYPE_CHECKING:
    from soak.player import Player

END_OF_DAY: Final = time(23, 59)
HALF_HOUR: Final = timedelta(minutes=30)


@dataclass
class WaitingList:
    """The steps of a history that are about the waiting list; each is a method by its name."""

    player: "Player"
    wishes: dict[str, Wished] = field(default_factory=dict)

    # Who waits.

    def wish(self, step: Step) -> str | None:
        """Let a phone wait for such a time, of its doctor or of any who practises the specialty."""
        if step.visit in self.wishes:
            return "not done"
        self._a_moment_later()
        slot = self.player.times[step.number]
        key, zone = slot.key, ZoneInfo(slot.zone)
        is_of_any = "specialty" in step.word
        slugs = sorted(directory.specialty_places(practitioner=key.practitioner_id))
        if is_of_any and not slugs:
            return "not done"
        local = slot.key.start.astimezone(zone)
        opens = time() if "any hour" in step.word else local.time()
        closes = (local + HALF_HOUR).time() if "that hour" in step.word else END_OF_DAY
        wanted = WishInput(
            phone=phone_of(step.at),
            window=Window(local.date(), local.date(), opens, closes),
            practitioner_id=None if is_of_any else key.practitioner_id,
            specialty=slugs[0] if is_of_any else "",
            location_ids=(key.location_id,) if "its branch" in step.word else (),
            service_id=None if is_of_any else key.service_id,
        )
        if "at the desk" in step.word:
            made = services.wish_by_staff(wanted, consents=("booking",), staff=REGISTRAR)
            secret = tokens.wish_token(made)
        else:
            made, secret = services.wish_for_time(wanted)
        self.wishes[step.visit] = Wished(step.visit, made, step.at, secret)
        return None

    def sooner(self, step: Step) -> str | None:
        """Let a visit wait for an earlier time, of its day alone or of any."""
        known = self.player.visits.get(step.visit)
        if known is None or known.id is None:
            return "not done"
        self._a_moment_later()
        visit = _standing(known.id)
        day = known.slot.key.start.astimezone(ZoneInfo(known.slot.zone)).date()
        window = Window(day, day, time(), END_OF_DAY) if step.word else None
        services.wait_for_sooner(visit, token=tokens.appointment_token(visit), window=window)
        row = Appointment.objects.get(pk=visit)
        wish = Wish.objects.filter(chain=row.chain).exclude(state="ended").get()
        person = next(iter(known.confirmed), known.person)
        if step.visit not in self.wishes or self.wishes[step.visit].id != wish.pk:
            name = self._new_name(step.visit)
            self.wishes[name] = Wished(name, wish.pk, person, visit=visit)
        return None

    def stop(self, step: Step) -> str | None:
        """Take a wish off the list."""
        wished = self._newest(step.visit)
        if wished is None:
            return "not done"
        wished.stop_asked = True
        with waiters.kept_in_order(self.player):
            if step.word:
                services.withdraw_wish_by_staff(wished.id, why=WithdrawReason.ASKED, staff=REGISTRAR)
            elif wished.visit is not None:
                visit = _standing(wished.visit)
                services.stop_waiting(visit, token=tokens.appointment_token(visit))
            else:
                services.withdraw_wish(wished.id, token=wished.secret)
        return None

    # Who answers.

    def accept(self, step: Step) -> str:
        """Take what is offered: a visit moves, and who has none confirms the hold by its form."""
        wished = self._newest(step.visit)
        last = self._last_offer(wished) if wished is not None else None
        if wished is None or last is None:
            return "nothing is offered"
        offer, hold = last
        if wished.visit is None:
            known = self._known(hold, step.visit, wished, door="desk" if step.word else "site")
            return f"{known.name} is {self.player.hear_confirm(known, wished.person)}"
        visit = _standing(wished.visit)
        if step.word:
            made = services.accept_by_staff(wished.id, offer_id=offer, staff=REGISTRAR)
        else:
            token = tokens.appointment_token(visit)
            made = services.accept_time(visit, offer_id=offer, token=token).appointment_id
        if made != hold:
            raise ViolationError(f"{wished.name}: {made} was taken, and {hold} was offered")
        known = self._known(made, f"{step.visit}>", wished, door="desk" if step.word else "site")
        return f"{known.name} is {Appointment.objects.get(pk=made).state}"

    def decline(self, step: Step) -> str | None:
        """Refuse what is offered, or was: on one's page, by letting the hold go, or by way of staff."""
        wished = self._newest(step.visit)
        last = self._last_offer(wished) if wished is not None else None
        if wished is None or last is None:
            return "nothing is offered"
        offer, hold = last
        with waiters.kept_in_order(self.player):
            if step.word == "by its form" and wished.visit is None:
                services.release(hold)
            elif step.word == "at the desk":
                services.decline_by_staff(wished.id, offer_id=offer, staff=REGISTRAR)
            elif wished.visit is not None:
                visit = _standing(wished.visit)
                services.decline_time(visit, offer_id=offer, token=tokens.appointment_token(visit))
            else:
                services.decline_wished(wished.id, offer_id=offer, token=wished.secret)
        return None

    def grab(self, step: Step) -> str:
        """Let whoever has a visit ask for what is offered to another; nothing may come of it."""
        known = self.player.visits.get(step.visit)
        if known is None or known.id is None:
            return "not done"
        mine = Wish.objects.filter(chain=Appointment.objects.get(pk=known.id).chain).values("pk")
        theirs = WaitingOffer.objects.filter(state="open").exclude(wish__in=mine).order_by("created_at")
        offer = theirs.first()
        if offer is None:
            return "nothing is offered"
        token, answer = tokens.appointment_token(known.id), "declined"
        services.decline_time(known.id, offer_id=offer.pk, token=token)
        with suppress(DomainError):
            services.accept_time(known.id, offer_id=offer.pk, token=token)
            answer = "accepted"
        is_open = WaitingOffer.objects.filter(pk=offer.pk, state="open").exists()
        if self.player.is_ordered and (answer == "accepted" or not is_open):
            raise ViolationError(
                f"what is offered to {self.name_of(offer.wish)} was {answer} by {step.visit}"
            )
        return "refused"

    # The worker.

    def offer(self, _: Step) -> str:
        """Do what the job of each 15 seconds does."""
        with waiters.kept_in_order(self.player):
            waiting.settle()
            made = waiting.offer_times()
        if not made:
            waiters.none_waits_in_vain(self.player)
        return f"{made} offered"

    # What is known.

    def name_of(self, wish: UUID) -> str:
        """Return the name of a wish by its id."""
        return next((one.name for one in list(self.wishes.values()) if one.id == wish), str(wish))

    def name_of_hold(self, hold: UUID) -> str:
        """Return what a hold is called that keeps a time for who waits."""
        offer = WaitingOffer.objects.filter(hold=hold).first()
        return f"the offer to {self.name_of(offer.wish)}" if offer else str(hold)

    def person_of(self, wish: UUID) -> int | None:
        """Return whose phone waits by a wish; None for one whose caller has not heard of it yet."""
        return next((one.person for one in list(self.wishes.values()) if one.id == wish), None)

    def _a_moment_later(self) -> None:
        """Let no two come in the same instant, so that who came first is known."""
        if self.player.is_ordered:
            self.player.timeline.forward(timedelta(seconds=1))

    def _last_offer(self, wished: Wished) -> tuple[UUID, UUID] | None:
        """Look at the page of a wish, and return the last offer that it has shown, which may be over."""
        if wished.visit is not None:
            visit = _standing(wished.visit)
            told = selectors.waiting(visit, token=tokens.appointment_token(visit))
            found = told.offer if told else None
        else:
            found = selectors.waiting_for(wished.id, token=wished.secret).offer
        if found is not None:
            wished.offer = (found.id, found.hold_id)
        return wished.offer

    def _known(self, made: UUID, name: str, wished: Wished, *, door: str) -> Known:
        """Return what is known of the visit that came of an offer, by a name of its own."""
        known = next((one for one in list(self.player.visits.values()) if one.id == made), None)
        if known is None:
            while name in self.player.visits:
                name += "'"
            slot = _slot(Appointment.objects.get(pk=made))
            known = Known(name, slot, door, wished.person, "held", made)
            self.player.visits[name] = known
        return known

    def _newest(self, name: str) -> Wished | None:
        """Return the last wish of that name: a visit may wait again."""
        same = [one for one in list(self.wishes.values()) if one.name.rstrip("'") == name]
        return same[-1] if same else None

    def _new_name(self, name: str) -> str:
        while name in self.wishes:
            name += "'"
        return name


def phone_of(person: int) -> str:
    return f"+7 900 001-00-0{person}"


def _standing(visit: UUID) -> UUID:
    """Return the version of a visit that stands now, by whose link its patient comes."""
    chain = Appointment.objects.filter(pk=visit).values("chain")
    standing = Appointment.objects.filter(chain__in=chain, state=State.BOOKED).order_by("-version")
    return standing.values_list("pk", flat=True).first() or visit


def _slot(row: Appointment) -> OpenSlot:
    key = SlotKey(row.practitioner, row.location, row.service, row.visit.lower)
    return OpenSlot("", key, row.visit.upper, directory.location(row.location).zone, None)

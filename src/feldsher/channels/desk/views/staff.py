"""«Сотрудники»: who signs in and with which roles; giving a role takes a second administrator or a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.foundation.access import accounts, grants, selectors
from feldsher.foundation.access.errors import OwnerNotToldError, StaffNotFoundError
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.types import GrantRequestCard, Shut, Staff, StaffCard
from feldsher.kernel import formats
from feldsher.kernel.errors import InvalidInputError

_HEAD = ("Сотрудник", "Логин", "Роли", "Последний вход")
_DONE = {
    "asked": "Роль запрошена: её подтвердит другой администратор.",
    "waits": "Роль запрошена. Подтвердить некому, поэтому она вступит в\u00a0силу через 24\u00a0часа.",
    "given": "Роль выдана.",
    "lapsed": "Запрос закрыт: тот, кто просил, больше не\u00a0администратор.",
    "declined": "Запрос закрыт, роль не\u00a0выдана.",
    "ended": "Роль снята, это действует уже сейчас.",
    "closed": "Учётная запись закрыта, сеансы завершены.",
    "open": "Учётная запись открыта.",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A role that waits, as one administrator sees it: they may confirm it or not."""

    id: UUID
    user_id: UUID
    role: str
    person: str
    said: str
    may_confirm: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class Barred:
    """Somebody who can't sign in: `url` shows them, `can_open` says that an administrator may let them in."""

    id: UUID
    name: str
    said: str
    why: str
    can_open: bool
    url: str


@staff_page(Action.MANAGE_STAFF)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List what waits for a decision, the people who may sign in, and those who may not."""
    people = selectors.all_staff()
    context = {
        "done": _DONE.get(request.GET.get("done") or "", ""),
        "waiting": _waiting(staff, people),
        "head": _HEAD,
        "rows": [_row(each) for each in people if each.is_active],
        "barred": [_barred(each, each.shut) for each in people if each.shut],
        "idle_days": accounts.IDLE.days,
    }
    return page(request, staff, "staff.html", context)


@staff_page(Action.MANAGE_STAFF, methods=("GET", "HEAD", "POST"), is_dangerous=True)
def person_page(request: HttpRequest, staff: Staff, person: UUID) -> HttpResponse:
    """Show one person; POST asks for a role for them."""
    people = selectors.all_staff()
    card, fault = _card(people, person), ""
    if request.method == "POST":
        try:
            grants.ask_for_grant(card.id, _role(request), staff=staff)
            return _done("waits" if _waits(card.id) else "asked")
        except InvalidInputError as error:
            fault = error.fields["role"]
    others = [role for role in Role if role not in card.roles]
    context = {
        "card": card,
        "shown": card.name or card.login,
        "last": _last(card),
        "why": _why(card.shut) if card.shut else "",
        "is_closed": card.shut is not None and card.shut.closed_at is not None,
        "can_open": card.shut is not None and card.shut.blocked_at is None,
        "is_me": card.id == staff.id,
        "roles": [(role.value, formats.sentence_case(role.russian)) for role in card.roles],
        "options": [("", "Выберите роль"), *((role.value, role.russian) for role in others)],
        "waiting": [each for each in _waiting(staff, people) if each.user_id == card.id],
        "fault": fault,
        **_how_given(staff, card),
    }
    return page(request, staff, "staff_person.html", context, status=422 if fault else 200)


@staff_page(Action.MANAGE_STAFF, methods=("POST",), is_dangerous=True)
def confirm(_request: HttpRequest, staff: Staff, grant: UUID) -> HttpResponse:
    return _done("given" if grants.confirm_grant(grant, staff=staff) else "lapsed")


@staff_page(Action.MANAGE_STAFF, methods=("POST",))
def decline(_request: HttpRequest, staff: Staff, grant: UUID) -> HttpResponse:
    grants.decline_grant(grant, staff=staff)
    return _done("declined")


@staff_page(Action.MANAGE_STAFF, methods=("POST",))
def end(request: HttpRequest, staff: Staff, person: UUID) -> HttpResponse:
    grants.end_role(person, _role(request), staff=staff)
    return _done("ended")


@staff_page(Action.MANAGE_STAFF, methods=("POST",))
def close(_request: HttpRequest, staff: Staff, person: UUID) -> HttpResponse:
    accounts.disable(person, staff=staff)
    return _done("closed")


@staff_page(Action.MANAGE_STAFF, methods=("POST",), is_dangerous=True)
def reopen(_request: HttpRequest, staff: Staff, person: UUID) -> HttpResponse:
    accounts.enable(person, staff=staff)
    return _done("open")


def _done(what: str) -> HttpResponse:
    return SeeOther(f"{reverse('desk:staff')}?done={what}")


def _role(request: HttpRequest) -> Role:
    try:
        return Role(request.POST.get("role") or "")
    except ValueError:
        raise InvalidInputError("no such role", fields={"role": "Выберите роль из\u00a0списка"}) from None


def _card(people: tuple[StaffCard, ...], person: UUID) -> StaffCard:
    found = next((each for each in people if each.id == person), None)
    if found is None:
        raise StaffNotFoundError("no such person")
    return found


def _how_given(staff: Staff, card: StaffCard) -> dict[str, object]:
    """Return whether nobody else could confirm, and why a role can't be given at all, empty where it can."""
    is_alone = not accounts.active_admins() - {staff.id, card.id}
    is_untold = is_alone and not grants.can_tell_owner()
    return {"is_alone": is_alone, "refusal": OwnerNotToldError.sentence if is_untold else ""}


def _waits(person: UUID) -> bool:
    """Return whether the newest request for the person takes effect by itself."""
    own = [each for each in selectors.open_requests() if each.user_id == person]
    return bool(own) and own[-1].effective_at is not None


def _waiting(staff: Staff, people: tuple[StaffCard, ...]) -> list[Waiting]:
    names = {each.id: each.name or each.login for each in people}
    return [_wait(each, staff, names) for each in selectors.open_requests()]


def _wait(card: GrantRequestCard, staff: Staff, names: Mapping[UUID, str]) -> Waiting:
    said = f"Просит {names[card.asked_by]}, {told(card.asked_at)}."
    may_confirm = staff.id not in {card.asked_by, card.user_id}
    if card.effective_at is not None:
        said += f" Вступит в\u00a0силу: {told(card.effective_at)}."
    elif not may_confirm:
        said += " Подтвердит другой администратор."
    return Waiting(
        id=card.id,
        user_id=card.user_id,
        role=formats.sentence_case(card.role.russian),
        person=names[card.user_id],
        said=said,
        may_confirm=may_confirm,
        is_own=staff.id == card.asked_by,
    )


def _row(card: StaffCard) -> list[Cell | str]:
    url = reverse("desk:staff-person", args=[card.id])
    roles = ", ".join(role.russian for role in card.roles) or "ролей нет"
    return [Cell(card.name or card.login, url), card.login, roles, _last(card)]


def _barred(card: StaffCard, shut: Shut) -> Barred:
    return Barred(
        id=card.id,
        name=card.name or card.login,
        said=f"Логин {card.login}. Последний вход: {_last(card)}.",
        why=_why(shut),
        can_open=shut.blocked_at is None,
        url=reverse("desk:staff-person", args=[card.id]),
    )


def _why(shut: Shut) -> str:
    """Return what keeps somebody out, since when, and who undoes what an administrator can't."""
    said = []
    if shut.closed_at:
        said.append(f"Учётная запись закрыта: {told(shut.closed_at)}.")
    if shut.blocked_at:
        said.append(f"Вход закрыт по\u00a0сигналу безопасности: {told(shut.blocked_at)}.")
        said.append("Блокировку снимает аудитор безопасности.")
    return " ".join(said)


def _last(card: StaffCard) -> str:
    return told(card.last_login) if card.last_login else "ещё не\u00a0было"

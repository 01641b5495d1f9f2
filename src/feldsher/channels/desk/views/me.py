"""«Мой вход»: factors, PIN, password, sessions, address of letters. Open to whoever is signed in."""

from dataclasses import dataclass
from uuid import UUID

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from feldsher.channels.desk.gate import own_page
from feldsher.channels.desk.pages import brand_name, page
from feldsher.channels.desk.way_back import way_back
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.passkey_answers import passkey_answer
from feldsher.foundation.access import passkeys, second_factor, selectors, services, unlock
from feldsher.foundation.access.errors import (
    CodeWrongError,
    PasswordWrongError,
    TooManyTriesError,
)
from feldsher.foundation.access.letter_addresses import (
    forget_letter_address,
    letter_address,
    set_letter_address,
)
from feldsher.foundation.access.passwords import change_own_password, prove_password
from feldsher.foundation.access.policies import Action, can
from feldsher.foundation.access.relying_party import relying_party
from feldsher.foundation.access.types import Door, Entrance, PasskeyCard, SessionCard, Staff
from feldsher.kernel.errors import InvalidInputError

_DONE = {
    "password": "Пароль сменён. Другие сеансы завершены.",
    "app": "Приложение подключено: при входе понадобится код из\u00a0него.",
    "app-off": "Приложение отключено.",
    "key": "Ключ добавлен.",
    "key-off": "Ключ удалён.",
    "pin": "PIN записан: им открывается экран после простоя.",
    "pin-off": "PIN удалён.",
    "letters": "Адрес записан. Мы\u00a0отправили на\u00a0него письмо: если не\u00a0придёт, проверьте адрес.",
    "letters-off": "Адрес удалён: писем больше не\u00a0будет.",
    "session": "Сеанс завершён.",
    "others": "Остальные сеансы завершены.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list: what it is, what is said of it, and the address that ends it ('' for none)."""

    title: str
    said: str
    url: str = ""


@own_page()
def show(request: HttpRequest, found: Entrance) -> HttpResponse:
    person = found.person
    factors = selectors.own_factors(person.id)
    context = {
        "done": _DONE.get(request.GET.get("done") or "", ""),
        "is_set_up": found.door is Door.SET_UP,
        "factors": factors,
        "app_since": told(factors.totp_since) if factors.totp_since else "",
        "keys": [_key(card) for card in factors.passkeys],
        "has_keys_here": relying_party() is not None,
        "sessions": [_session(card, found) for card in selectors.own_sessions(person.id)],
        "roles": ", ".join(sorted(role.russian for role in person.roles)),
        "is_written_to": _is_written_to(person),
        "letters_to": letter_address(person.id) if _is_written_to(person) else "",
    }
    return page(request, person, "me.html", context)


@own_page(methods=("GET", "HEAD", "POST"))
def prove(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Ask for the password again, and lead on to what needs it."""
    data = request.POST if request.method == "POST" else request.GET
    context: dict[str, object] = {"next": way_back(data.get("next") or "", default="desk:me")}
    if request.method == "POST":
        try:
            prove_password(request, found, password=request.POST.get("password") or "")
            return SeeOther(str(context["next"]))
        except (PasswordWrongError, TooManyTriesError) as error:
            context["fault"] = error.message
    return page(request, found.person, "me_prove.html", context, status=422 if "fault" in context else 200)


@own_page(methods=("GET", "HEAD", "POST"))
def password(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Change the password: the old one, and the new one twice."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        new = request.POST.get("password") or ""
        try:
            _same(new, request.POST.get("again"), "Пароли не\u00a0совпали")
            change_own_password(request, found, old=request.POST.get("old") or "", new=new)
            return _done("password")
        except InvalidInputError as error:
            errors = error.fields
        except (PasswordWrongError, TooManyTriesError) as error:
            errors = {"old": error.message}
    context = {"errors": errors, "shortest": services.SHORTEST_PASSWORD}
    return page(request, found.person, "me_password.html", context, status=422 if errors else 200)


@own_page(methods=("GET", "HEAD", "POST"), is_dangerous=True)
def app(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Connect an authenticator app: a secret is made by a POST, shown until its first code confirms it."""
    person, fault = found.person, ""
    if request.method == "POST" and "code" not in request.POST:
        second_factor.begin_totp(person.id, issuer=brand_name())
        return SeeOther(reverse("desk:me-app"))
    if request.method == "POST":
        try:
            second_factor.confirm_totp(person.id, code=request.POST.get("code") or "")
            return _led_to_codes(person.id, "app")
        except CodeWrongError as error:
            fault = error.message
    secret = second_factor.begun_totp(person.id, issuer=brand_name())
    if secret is None:
        return SeeOther(reverse("desk:me"))
    groups = [secret.text[start : start + 4] for start in range(0, len(secret.text), 4)]
    context = {"uri": secret.uri, "secret": " ".join(groups), "picture": _qr(secret.uri), "fault": fault}
    return page(request, person, "me_app.html", context, status=422 if fault else 200)


@own_page(methods=("POST",), is_dangerous=True)
def remove_app(_request: HttpRequest, found: Entrance) -> HttpResponse:
    second_factor.remove_totp(found.person.id)
    return _done("app-off")


@own_page(methods=("POST",), is_dangerous=True)
def add_passkey(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Make a passkey: asked and answered as JSON."""
    person, name = found.person, request.POST.get("name") or ""

    def take(answer: str) -> HttpResponse:
        passkeys.register(request, person, answer=answer, name=name)
        return JsonResponse({"next": _led_to_codes(person.id, "key").url})

    site = brand_name()
    return passkey_answer(request, ask=lambda: passkeys.registration(request, person, site=site), take=take)


@own_page(methods=("POST",), is_dangerous=True)
def remove_passkey(_request: HttpRequest, found: Entrance, passkey: UUID) -> HttpResponse:
    passkeys.remove_passkey(found.person.id, passkey)
    return _done("key-off")


@own_page(methods=("GET", "HEAD", "POST"), is_dangerous=True)
def codes(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Say what recovery codes are for; a POST makes ten new ones and shows them this once."""
    person = found.person
    made = second_factor.new_recovery_codes(person.id) if request.method == "POST" else ()
    context = {
        "codes": made,
        "left": selectors.own_factors(person.id).codes_left,
        "is_first": "first" in request.GET,
    }
    return page(request, person, "me_codes.html", context)


@own_page(methods=("GET", "HEAD", "POST"), is_dangerous=True)
def pin(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Set the PIN that opens the lock of an idle session."""
    person, errors = found.person, {}
    if request.method == "POST":
        typed = request.POST.get("pin") or ""
        try:
            _same(typed, request.POST.get("again"), "PIN не\u00a0совпали")
            unlock.set_pin(person.id, typed)
            return _done("pin")
        except InvalidInputError as error:
            errors = error.fields
    context = {"errors": errors, "has_pin": found.has_pin}
    return page(request, person, "me_pin.html", context, status=422 if errors else 200)


@own_page(methods=("POST",), is_dangerous=True)
def remove_pin(_request: HttpRequest, found: Entrance) -> HttpResponse:
    unlock.remove_pin(found.person.id)
    return _done("pin-off")


@own_page(methods=("GET", "HEAD", "POST"))
def letters(request: HttpRequest, found: Entrance) -> HttpResponse:
    """Say where reminders about pages go by e-mail."""
    person, errors = found.person, {}
    typed = letter_address(person.id)
    if request.method == "POST":
        typed = request.POST.get("address") or ""
        try:
            set_letter_address(person.id, typed)
            return _done("letters")
        except InvalidInputError as error:
            errors = error.fields
    context = {"errors": errors, "typed": typed}
    return page(request, person, "me_letters.html", context, status=422 if errors else 200)


@own_page(methods=("POST",))
def remove_letters(_request: HttpRequest, found: Entrance) -> HttpResponse:
    forget_letter_address(found.person.id)
    return _done("letters-off")


@own_page(methods=("POST",))
def end_session(_request: HttpRequest, found: Entrance, session: UUID) -> HttpResponse:
    """End one session; one's own leads to the page of signing in."""
    services.end_session(found.person.id, session)
    if session == found.session:
        return SeeOther(reverse("desk:sign-in"))
    return _done("session")


@own_page(methods=("POST",))
def end_others(_request: HttpRequest, found: Entrance) -> HttpResponse:
    if found.session is not None:
        services.end_other_sessions(found.person.id, keep=found.session)
    return _done("others")


def _is_written_to(person: Staff) -> bool:
    """Whether there is anything of which a person is told by e-mail."""
    return can(person, Action.REVIEW_PAGES) or can(person, Action.EDIT_PAGES)


def _same(typed: str, again: str | None, sentence: str) -> None:
    if typed != again:
        raise InvalidInputError("typed differently", fields={"again": sentence})


def _done(what: str) -> HttpResponseRedirect:
    return SeeOther(f"{reverse('desk:me')}?done={what}")


def _led_to_codes(user_id: UUID, what: str) -> HttpResponseRedirect:
    """Lead to recovery codes whoever has a factor and none of them, others back to the list."""
    if selectors.own_factors(user_id).codes_left:
        return _done(what)
    return SeeOther(f"{reverse('desk:me-codes')}?first=1")


def _qr(uri: str) -> SafeString:
    """Return a picture that an app reads: attributes only, since a style would be refused by the policy.

    Without a size of its own it has a viewBox, and is drawn whole at any width.
    """
    drawn = segno.make(uri, error="m").svg_inline(border=4, light="#fff", dark="#000", omitsize=True)
    return mark_safe(drawn)  # noqa: S308 - drawn by the library from modules, nothing of it is text


def _key(card: PasskeyCard) -> Line:
    used = f"последний вход {told(card.used_at)}" if card.used_at else "ещё не\u00a0использовался"
    said = f"добавлен {told(card.created_at)}, {used}"
    return Line(card.name, said, reverse("desk:me-passkey-remove", args=[card.id]))


def _session(card: SessionCard, found: Entrance) -> Line:
    here = ", этот сеанс" if card.id == found.session else ""
    said = f"{card.network}, вход {told(card.created_at)}, последнее действие {told(card.seen_at)}"
    return Line(card.browser + here, said, reverse("desk:me-session-end", args=[card.id]))

"""Every text that leaves by SMS, one function a kind (C18).

A phone lies on a table, and that somebody goes to a clinic is a medical secret. So what a text may hold is
what its function takes: a code, an instant, a count, a login and a role of staff, the site's own name. No
patient, doctor, speciality, service or result can get into one; a test holds that, and that each kind is
here. Texts have no no-break spaces: some phones show them as boxes.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

_MOST_TIMES, _PLACE_LENGTH = 3, 50


def phone_code(*, code: str, purpose: str) -> str:
    """`purpose` is «для записи» or «для входа»."""
    return f"Код {code} {purpose}. Никому его не сообщайте. {_host()}".strip()


def grant_notice(*, login: str, role: str, effective_at: datetime, asked_by: str) -> str:
    """`effective_at` stands on the owner's clock already."""
    return (
        f"{login} получит роль «{role}» {_moment(effective_at)} мск, запросил {asked_by}. "
        f"Если вы против, отклоните: {_host()}/desk/staff/"
    )


def emergency(*, opened_at: datetime) -> str:
    """`opened_at` stands on the clinic's clock already."""
    return f"{_moment(opened_at)} ваши данные открыли в экстренном порядке. Кто и зачем: {_host()}/lk/opened/"


def emergency_overdue(*, count: int) -> str:
    return (
        f"Экстренных доступов без разбора дольше 3 рабочих дней: {count}. {_host()}/desk/emergency/reviews/"
    )


def passkey_made(*, made_at: datetime) -> str:
    """`made_at` stands on the clinic's clock already."""
    return (
        f"{_moment(made_at)} сделан ключ входа на ваш номер. Если это не вы, удалите: {_host()}/lk/devices/"
    )


def visit_booked(*, starts_at: datetime, place: str, link: str) -> str:
    """`starts_at` stands on the branch's clock already, here and below.

    `place` is the branch's address, without its name; `link` opens the visit: an id and its secret, and
    nothing of whom or what it is about.
    """
    return f"Вы записаны {_moment(starts_at)}{_where(place)}. Посмотреть или отменить: {link}"


def visit_rejected(*, starts_at: datetime, link: str) -> str:
    return f"Записать вас {_moment(starts_at)} не удалось. Почему и другое время: {link}"


def visit_rescheduled(*, starts_at: datetime, place: str, link: str) -> str:
    return f"Ваша запись перенесена: {_moment(starts_at)}{_where(place)}. Посмотреть или отменить: {link}"


def move_rejected(*, starts_at: datetime, new_start_at: datetime, link: str) -> str:
    """`link` opens the visit that stays."""
    return (
        f"Перенести запись на {_moment(new_start_at)} не удалось. "
        f"Ждём вас, как прежде, {_moment(starts_at)}: {link}"
    )


def visit_ended(*, starts_at: datetime) -> str:
    return f"Ваша запись {_moment(starts_at)} отменена. Выбрать другое время: {_host()}"


def visit_cancelled(*, starts_at: datetime) -> str:
    return f"Ваша запись {_moment(starts_at)} отменена не вами. Выбрать другое время: {_host()}"


def visit_missing(*, starts_at: datetime) -> str:
    return (
        f"Вашей записи {_moment(starts_at)} больше нет в расписании. "
        f"Позвоните нам или выберите другое время: {_host()}"
    )


def visit_moved(*, starts_at: datetime, new_start_at: datetime) -> str:
    moved = f"Ваша запись {_moment(starts_at)} перенесена на {_moment(new_start_at)}."
    return f"{moved} Посмотреть или отменить: {_host()}/lk/"


def visit_substituted(*, starts_at: datetime) -> str:
    return f"{_moment(starts_at)} вас примет другой специалист. Посмотреть или отменить: {_host()}/lk/"


def other_times(*, starts_at: datetime, link: str) -> str:
    return f"{_moment(starts_at)} вас принять не смогут. Выберите другое время: {link}"


def reminder(*, starts: Sequence[datetime], place: str, link: str) -> str:
    """Tell visits of one day, on the branch's clock."""
    times = ", ".join(f"{start:%H:%M}" for start in starts[:_MOST_TIMES])
    return f"Ждём вас {starts[0]:%d.%m} в {times}{_where(place)}. Ответьте, придёте ли: {link}"


def _where(place: str) -> str:
    return f", {place[:_PLACE_LENGTH].strip()}" if place.strip() else ""


def _moment(instant: datetime) -> str:
    return f"{instant:%d.%m в %H:%M}"


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""

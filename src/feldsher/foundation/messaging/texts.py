"""Every text that leaves by SMS, one function a kind (C18).

A phone lies on a table, and that somebody goes to a clinic is a medical secret. So what a text may hold is
what its function takes: a code, an instant, a count, a login and a role of staff, the site's own name, an
address and a link. No patient, doctor, speciality, service or result can get into one; a test holds that, and
that each kind is here. Those about visits are said in the clinic's own words (`wording`). Texts have no
no-break spaces: some phones show them as boxes.
"""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from feldsher.foundation.messaging import wording
from feldsher.foundation.messaging.types import Kind, PushNote, VisitSaid
from feldsher.kernel.phone import format_phone, parse_phone

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


def visit_booked(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_BOOKED, visit)


def visit_rejected(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_REJECTED, visit)


def visit_rescheduled(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_RESCHEDULED, visit)


def move_rejected(*, visit: VisitSaid, new_start_at: datetime) -> str:
    """`visit` is the one that stays; `new_start_at` stands on the branch's clock already, here and below."""
    return _said(Kind.MOVE_REJECTED, visit, **_new(new_start_at))


def visit_ended(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_ENDED, visit)


def visit_cancelled(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_CANCELLED, visit)


def visit_missing(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_MISSING, visit)


def visit_moved(*, visit: VisitSaid, new_start_at: datetime) -> str:
    return _said(Kind.VISIT_MOVED, visit, **_new(new_start_at))


def visit_substituted(*, visit: VisitSaid) -> str:
    return _said(Kind.VISIT_SUBSTITUTED, visit)


def other_times(*, visit: VisitSaid) -> str:
    return _said(Kind.OTHER_TIMES, visit)


def reminder(*, visit: VisitSaid, starts: Sequence[datetime]) -> str:
    """Tell visits of one day, that of `visit`, by their starts on the branch's clock."""
    return _said(Kind.REMINDER, visit, times=", ".join(f"{start:%H:%M}" for start in starts[:_MOST_TIMES]))


def waiting_offer(*, visit: VisitSaid, until: datetime) -> str:
    """Offer a time as if it were a visit; it is held `until` an hour of this day on the branch's clock."""
    return _said(Kind.WAITING_OFFER, visit, until=f"{until:%H:%M}")


def review_request(*, visit: VisitSaid) -> str:
    """Ask for a review of a visit that was; `link` opens the form, and nothing else."""
    return _said(Kind.REVIEW_REQUEST, visit)


def reminder_note(*, visit: VisitSaid, starts: Sequence[datetime]) -> PushNote:
    """Say on a device's screen what `reminder` says by SMS; always in these words."""
    times = ", ".join(f"{start:%H:%M}" for start in starts[:_MOST_TIMES])
    place = _one_line(visit.place)[:_PLACE_LENGTH].strip()
    asked = "Нажмите, чтобы ответить, придёте ли."
    return PushNote(
        title=f"Запись {visit.starts_at:%d.%m} в {times}",
        text=f"{place}. {asked}" if place else asked,
        link=visit.link,
    )


def letter_subject(*, starts_at: datetime) -> str:
    """Of a letter about a visit, on the branch's clock: a list of letters lies open, too."""
    return f"Запись {_moment(starts_at)}"


def _said(kind: Kind, visit: VisitSaid, **more: str) -> str:
    """Say it in the clinic's words."""
    phone = parse_phone(visit.phone)
    values = {
        "day": f"{visit.starts_at:%d.%m}",
        "time": f"{visit.starts_at:%H:%M}",
        "place": _one_line(visit.place)[:_PLACE_LENGTH].strip(),
        "phone": _one_line(format_phone(phone) if phone else visit.phone),
        "link": visit.link,
        "site": _host(),
    }
    return wording.said(kind, values | more)


def _new(start: datetime) -> dict[str, str]:
    return {"new_day": f"{start:%d.%m}", "new_time": f"{start:%H:%M}"}


def _one_line(text: str) -> str:
    """Return it with plain spaces: no-break ones are split at, too."""
    return " ".join(text.split())


def _moment(instant: datetime) -> str:
    return f"{instant:%d.%m в %H:%M}"


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""

"""What a registrar reads before booking over a taken time: what stands there, and why one may."""

from collections.abc import Sequence
from typing import Final

from feldsher.channels.desk.states import STATES
from feldsher.domain.scheduling.types import NoOver, OverReason, Standing, State, WhyOver
from feldsher.kernel import formats

OVER_REASONS: Final = (
    ("", "Выберите"),
    (OverReason.DOCTOR_ASKED.value, "Попросил врач"),
    (OverReason.CANNOT_WAIT.value, "Ждать нельзя"),
    (OverReason.SHORT_VISIT.value, "На\u00a0минуту: справка, подпись, результат"),
    (OverReason.LIKELY_AWAY.value, "Записанный, скорее всего, не\u00a0придёт"),
    (OverReason.OUR_MISTAKE.value, "Ошибка клиники"),
    (OverReason.OTHER.value, "Другая причина"),
)
NO_OVER: Final = {
    NoOver.IN_MIS: "Поверх этой записи не\u00a0записать: временем врача распоряжается МИС.",
    NoOver.BY_RULE: "Поверх этой записи не\u00a0записать: так говорит правило записи.",
    NoOver.GROUP: "Поверх места в\u00a0группе не\u00a0записывают.",
}
_HOLDERS: Final = {"desk": "держит сотрудник", "waiting": "предложено из\u00a0листа ожидания, держится"}


def counted(standing: Sequence[Standing]) -> str:
    """Return `1 запись и 1 время держат`."""
    held = sum(each.state is State.HELD for each in standing)
    booked = len(standing) - held
    parts = []
    if booked:
        parts.append(formats.plural(booked, "запись", "записи", "записей"))
    if held:
        parts.append(f"держат\u00a0{held}")
    return " и\u00a0".join(parts)


def lines_of(standing: Sequence[Standing], zone: str) -> list[str]:
    """Return a line of each: `09:30–10:00, записан`, `09:30–10:00, держит пациент до 09:40`."""
    found = []
    for each in standing:
        span = f"{formats.clock(each.start, zone)}–{formats.clock(each.end, zone)}"
        if each.hold_until is not None:
            holder = _HOLDERS.get(each.channel, "держит пациент")
            found.append(f"{span}, {holder} до\u00a0{formats.clock(each.hold_until, zone)}")
        else:
            found.append(f"{span}, {STATES[each.state]}")
    return found


def why_words(over: WhyOver) -> str:
    """Return `Попросил врач: на две минуты`."""
    return ": ".join(part for part in (dict(OVER_REASONS)[over.why.value], over.words) if part)

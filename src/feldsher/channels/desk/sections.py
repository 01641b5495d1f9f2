"""The sections of the header, in their order. A new page of the desk adds its line here."""

from dataclasses import dataclass

from feldsher.foundation.access.policies import Action


@dataclass(frozen=True, slots=True)
class Section:
    """`name` is that of the URL in `urls`; whoever may do `action` sees the section."""

    name: str
    title: str
    action: Action


SECTIONS = (
    Section("home", "Нужен\u00a0человек", Action.ENTER),
    Section("why", "Почему не\u00a0это время", Action.EXPLAIN_TIME),
    Section("stops", "Остановить запись", Action.STOP_BOOKING),
    Section("rules", "Правила записи", Action.SET_RULES),
    Section("sync", "Обмен с\u00a0МИС", Action.SEE_SYNC),
)

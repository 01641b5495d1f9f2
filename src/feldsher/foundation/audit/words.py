"""The journal in Russian, for who reads it: the security officer, and the patient whom it is about.

Codes that nobody translated are shown as they are to the officer, and as «работа клиники» to the patient.
Names of roles and of people belong to access; the caller passes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from feldsher.foundation.audit.types import ActorKind, CheckFinding, JournalRow, Opening, OwnLooks, Result
from feldsher.kernel import formats

WHATS = {
    "appointment": "запись на\u00a0приём",
    "wish": "ожидание времени",
    "verdict": "решение о\u00a0записи",
    "person": "имя и\u00a0контакты",
    "call": "просьба позвонить",
    "company_request": "заявка компании",
    "conversion": "сообщение каталогу о\u00a0записи",
    "journal": "журнал доступа",
    "alert": "сигнал о\u00a0необычном доступе",
    "consent": "согласие",
    "grant": "доступ близкого",
    "messages": "какие сообщения приходят",
    "emergency": "экстренный доступ",
    "referral": "направление к\u00a0врачу",
    "account": "учётная запись",
    "review": "отзыв о\u00a0визите",
    "document": "документ для учёта",
    "paper_result": "результаты",
    "paper_document": "медицинские документы",
    "paper_prescription": "рецепты",
}
PURPOSES = {
    "handle_calls": "перезвонить по\u00a0просьбе пациента",
    "resolve_visits": "разобраться с\u00a0записью, по\u00a0которой не\u00a0ответила МИС",
    "book_visits": "записать пациента или отменить его запись",
    "see_visits": "работа с\u00a0записями на\u00a0день",
    "see_past_visits": "работа с\u00a0прошлыми записями",
    "booking": "запись на\u00a0приём",
    "call_request": "принять просьбу позвонить",
    "corporate_request": "принять заявку компании",
    "corporate_status": "показать компании, что\u00a0с\u00a0её\u00a0заявкой",
    "corporate_forget": "забыть контакты компаний по\u00a0сроку",
    "handle_companies": "ответить на\u00a0заявку компании",
    "remembering": "запомнить устройство пациента",
    "remembered": "записаться с\u00a0запомненного устройства",
    "own_visit": "своя запись",
    "own_visits": "свои записи",
    "own_wish": "своё ожидание времени",
    "phone_holder": "найти, кого видит этот телефон",
    "cancel_visit": "отменить свою запись",
    "move_visit": "перенести свою запись",
    "own_hold": "своё выбранное время",
    "mis_exchange": "передать запись в\u00a0МИС",
    "mis_feed": "получить изменения из\u00a0МИС",
    "tending": "освободить просроченное время",
    "why_not": "объяснить, почему времени нет",
    "see_journal": "проверка журнала доступа",
    "export_journal": "выгрузка журнала доступа",
    "see_alerts": "разобрать сигнал о\u00a0необычном доступе",
    "lift_block": "открыть вход сотруднику",
    "break_glass": "экстренный доступ к\u00a0пациенту",
    "review_emergency": "разбор экстренного доступа",
    "see_referrals": "работа с\u00a0направлениями",
    "refer": "направить к\u00a0другому врачу",
    "consult": "консультация по\u00a0направлению",
    "manage_staff": "управление учётными записями",
    "command_line": "команда на\u00a0сервере",
    "idle_accounts": "закрыть учётные записи, которыми не\u00a0пользуются",
    "roles_in_time": "выдать роль, срок которой наступил",
    "watch_block": "закрыть вход по\u00a0сигналу безопасности",
    "past_the_door": "чтение базы в\u00a0обход программы",
    "accounting": "обмен с\u00a0учётной системой",
    "see_accounts": "сверка с\u00a0учётной системой",
    "conversions": "сообщение каталогу о\u00a0записи",
    "figures": "подсчёт показателей",
    "see_figures": "показатели клиники",
    "choose_messages": "выбрать, какие сообщения получать",
    "not_mine": "сообщить, что\u00a0номер не\u00a0того пациента",
    "own_consents": "свои согласия",
    "withdraw_consent": "отозвать согласие",
    "lend_access": "дать или закончить доступ близкого",
    "own_grants": "кому пациент дал доступ",
    "book_again": "записаться снова",
    "own_journal": "посмотреть, кто открывал данные",
    "review": "отзыв о\u00a0визите",
    "moderate_reviews": "проверка отзывов",
    "own_papers": "свои результаты и\u00a0документы",
}
COLUMNS = {
    "S": "свободное время",
    "A": "записи на\u00a0приём",
    "K": "имена и\u00a0контакты",
    "Z": "жалобы, анкеты, переписка",
    "E": "медицинская карта",
    "L": "анализы",
    "P": "рецепты",
    "H": "особо чувствительное",
    "I": "страхование",
    "F": "оплаты",
    "V": "видеосвязь",
    "J": "журнал доступа",
    "C": "согласия и\u00a0договоры",
    "X": "секреты и\u00a0настройки",
    "W": "тексты и\u00a0отзывы на\u00a0сайте",
}
RELATIONS = {
    "role": "по\u00a0должности",
    "team": "лечит пациента",
    "dept": "пациент отделения",
    "ref": "по\u00a0направлению",
    "own": "свои данные",
    "ward": "представитель",
    "grant": "доступ дал пациент",
    "bg": "экстренный доступ",
    "service": "работа программы",
}
RESULTS = {Result.ALLOWED.value: "разрешено", Result.REFUSED.value: "отказано"}
FIELDS = {
    "name": "имя",
    "family": "фамилия",
    "given": "имя",
    "middle": "отчество",
    "phone": "телефон",
    "email": "электронная почта",
    "company": "название компании",
    "inn": "ИНН",
    "contact": "контактное лицо",
    "words": "слова заявки",
    "exams": "расчёт профосмотра",
    "exams_words": "расчёт профосмотра словами",
    "wiped_at": "стирание данных",
    "programme": "программа чекапа",
    "initials": "инициалы",
    "family_initial": "первая буква фамилии",
    "masked_phone": "часть телефона",
    "birth_date": "дата рождения",
    "birth_year": "год рождения",
    "day": "день",
    "price": "сумма",
    "service": "услуга",
    "location": "филиал",
    "note": "пометка",
    "block": "закрытие учётной записи",
    "reason": "причина",
    "review": "разбор",
    "created": "создана",
    "added": "внесено",
    "lane": "поверх другой записи",
    "declined": "отказ от\u00a0времени",
    "accepted": "время принято",
    "closed": "закрыта",
    "opened": "открыта",
    "blocked": "вход закрыт по\u00a0сигналу",
    "unblocked": "блокировка снята",
    "role_asked": "роль запрошена",
    "role_given": "роль выдана",
    "role_declined": "роль отклонена",
    "role_ended": "роль снята",
    "placed": "врач и\u00a0отделение",
    "password": "новый пароль",
    "factors": "второй фактор сброшен",
    "letters_to": "адрес для\u00a0писем",
    "referral_written": "выписано",
    "referral_withdrawn": "отозвано",
    "topic": "тема звонка",
    "visits_on": "сообщения о\u00a0записи включены",
    "visits_off": "сообщения о\u00a0записи выключены",
    "reminders_on": "напоминания включены",
    "reminders_off": "напоминания выключены",
    "reviews_on": "просьбы об\u00a0отзыве включены",
    "reviews_off": "просьбы об\u00a0отзыве выключены",
    "told": "сообщено каталогу",
    "text": "текст",
    "left": "оставлен",
    "published": "опубликован",
    "refused": "отказано",
    "answer": "ответ клиники",
    "withdrawn": "отозвано",
    "wrong_number": "номер не\u00a0тот",
    "right_number": "номер всё же тот",
    "start": "время",
    "state": "состояние",
    "actor": "по\u00a0сотруднику",
    "patient": "по\u00a0пациенту",
    "since": "с\u00a0даты",
    "until": "по\u00a0дату",
    "result": "по\u00a0итогу",
    "column": "по\u00a0виду данных",
}
_ACTORS = {
    "patient": "Пациент",
    "holder": "Пациент по\u00a0ссылке",
    "service": "Программа клиники",
    "anonymous": "Кто не\u00a0вошёл",
    "staff": "Сотрудник",
}
_OWN = {
    "patient": "Вы, в\u00a0личном кабинете",
    "holder": "По\u00a0вашей ссылке или с\u00a0вашего устройства",
}
_BY_ROLE = {
    "representative": "Представитель, в\u00a0личном кабинете",
    "trusted": "Тот, кому вы\u00a0дали доступ, в\u00a0личном кабинете",
}
_NOT_THOSE = "Строки с\u00a0{since} по\u00a0{size} не\u00a0те, что были"
_WRONG = {
    "tree_shorter": "Журнал короче, чем был: подтверждено {size} строк, на\u00a0месте {leaf}. Конец отрезан "
    "или\u00a0восстановлена старая копия.",
    "root_differs": f"{_NOT_THOSE}: подтверждение снаружи не\u00a0сходится.",
    "row_changed": "Строка №\u00a0{entry} изменена.",
    "row_missing": "Строки №\u00a0{entry} нет.",
    "leaf_missing": "В\u00a0дереве нет места {leaf}.",
    "row_lost": "Строки №\u00a0{entry} нет: она исчезла раньше, чем получила место.",
    "row_unplaced": "Строка №\u00a0{entry} добавлена или\u00a0вынута в\u00a0обход журнала.",
    "own_root_differs": f"{_NOT_THOSE}: свой корень не\u00a0сходится.",
    "copy_differs": "Строка №\u00a0{entry} не\u00a0та, что во\u00a0второй копии.",
    "copy_contradicts": "О\u00a0строке №\u00a0{entry} вторая копия говорит дважды и\u00a0по-разному.",
    "forged": "Подтверждение снаружи подписано чужим ключом или\u00a0изменено.",
    "unreadable": "Строку подтверждений снаружи не\u00a0прочитать.",
    "notes_lost": "Подтверждения ушли наружу, а\u00a0теперь их там нет: {size}.",
    "rows_wait": "Строки дольше 15\u00a0минут ждут места в\u00a0дереве, первая из\u00a0них №\u00a0{entry}, "
    "всего {size}. Проверьте, запущен\u00a0ли feldsher worker.",
    "stale": "Последнее подтверждение снаружи старше 15\u00a0минут, и\u00a0что записано после него, "
    "не\u00a0подтверждено. Проверьте второе место и\u00a0то, запущен\u00a0ли feldsher worker.",
    "nothing_outside": "Снаружи нет подтверждений: отрезанный конец журнала так не\u00a0заметить. "
    "Второе место задаёт администратор: FELDSHER_AUDIT_SINK.",
    "not_read_here": "С\u00a0подтверждениями снаружи не\u00a0сверено: второе место отсюда не\u00a0прочитать. "
    "Скачайте подтверждения оттуда и\u00a0сверьте: feldsher audit verify --checkpoints ФАЙЛ.",
}


def what(row: JournalRow) -> str:
    """Return what was opened, in the officer's words."""
    return WHATS.get(row.what) or PURPOSES.get(row.what, row.what)


def why(row: JournalRow) -> str:
    return PURPOSES.get(row.purpose, row.purpose)


def fields(row: JournalRow, *, roles: Mapping[str, str]) -> str:
    """Return which fields were shown, or what was done and with which role; the same word once."""
    return ", ".join(dict.fromkeys(FIELDS.get(name) or roles.get(name, name) for name in row.fields))


def who(row: JournalRow | Opening, *, roles: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return who it was: the role and, where it is known, the name; `names` by the actor's id."""
    title = _ACTORS.get(row.actor_kind, row.actor_kind)
    if row.actor_kind != ActorKind.STAFF.value:
        return title
    role = formats.sentence_case(roles.get(row.role, "")) or title
    name = names.get(row.actor, "")
    return f"{role}, {name}" if name else role


def wrong(finding: CheckFinding) -> str:
    """Return in one sentence what a check found."""
    return _WRONG[finding.wrong].format(
        leaf=finding.leaf, entry=finding.entry, since=finding.since, size=finding.size
    )


def short_name(name: str) -> str:
    """Return «А. С. Иванова» for «Иванова Анна Сергеевна» or «Иванова А. С.»; empty for a single word."""
    family, *given = name.replace("\u00a0", " ").replace(".", ". ").split()
    if not given:
        return ""
    return "\u00a0".join([*(f"{each[0].upper()}." for each in given), family])


@dataclass(frozen=True, slots=True)
class Opened:
    """For the patient: who opened what, and how often, first and last on that day."""

    who: str
    what: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """For the patient: everything that was opened on a day for one purpose."""

    why: str
    opened: tuple[Opened, ...]


@dataclass(frozen=True, slots=True)
class OpenedDay:
    """For the patient: one day by the clinic's clock."""

    day: date
    reasons: tuple[Reason, ...]


def who_opened(
    openings: Iterable[Opening], *, roles: Mapping[str, str], names: Mapping[str, str]
) -> list[OpenedDay]:
    """Return «кто открывал мои данные и зачем»: by day, the newest first, then by purpose.

    `roles` and `names` as for `who`.
    """
    days: dict[date, dict[str, list[Opened]]] = {}
    for each in openings:
        one = Opened(
            who(each, roles=roles, names=names),
            ", ".join(dict.fromkeys(WHATS.get(what, "данные") for what in each.whats)),
            each.times,
            each.first,
            each.last,
        )
        days.setdefault(each.day, {}).setdefault(_why_for_patient(each), []).append(one)
    return [
        OpenedDay(day, tuple(Reason(why, tuple(opened)) for why, opened in reasons.items()))
        for day, reasons in sorted(days.items(), reverse=True)
    ]


def own(looks: OwnLooks) -> str:
    """Return who looked for the patient, in the patient's words."""
    return _BY_ROLE.get(looks.role) or _OWN[looks.actor_kind]


def _why_for_patient(opening: Opening) -> str:
    if opening.result == Result.REFUSED.value:
        return "Отказано, ничего не\u00a0показано"
    return formats.sentence_case(PURPOSES.get(opening.purpose, "работа клиники"))

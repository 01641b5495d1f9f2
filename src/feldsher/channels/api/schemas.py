"""Shapes of the wire: what is checked on the way in, and what is promised in the OpenAPI document.

Input is bounded before anybody looks at it. Unknown fields are ignored, so that a newer client may speak to
an older server. Output shapes are promises only: `wire` writes the answers, and the tests compare the two.
"""

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from feldsher.channels.api.fields import (
    NO_CONTROL,
    NO_CONTROL_BUT_LINES,
    AppointmentState,
    BirthDay,
    Channel,
    FilledName,
    IsoDay,
    Name,
    Phone,
    Purpose,
    ScheduleDay,
    Slug,
    WallTime,
    blank_is_none,
)


class AnswersQuery(BaseModel):
    """What the patient has answered; times that depend on an answer are shown only with it (`asks`)."""

    age: int | None = Field(None, ge=0, le=150, description="Полных лет пациенту.")
    visit: Literal["first", "repeat"] | None = Field(None, description="Первый приём у врача или повторный.")
    referral: bool | None = Field(None, description="Есть ли направление.")
    mode: Literal["in_person", "remote"] | None = Field(
        None, description="Приём в клинике или онлайн; без ответа — любой."
    )


class PractitionersQuery(AnswersQuery):
    specialty: Slug | None = Field(None, description="Специальность: `slug` из `/specialties`.")
    location: UUID | None = Field(None, description="Филиал.")
    service: UUID | None = Field(None, description="Услуга, которую врач оказывает.")
    after: Annotated[str, Field(max_length=64, pattern=NO_CONTROL)] | None = Field(
        None, description="`next` предыдущей страницы."
    )
    limit: int = Field(20, ge=1, le=50, description="Сколько врачей на странице.")


class SlotsQuery(AnswersQuery):
    practitioner: UUID | None = Field(None, description="Врач.")
    specialty: Slug | None = Field(None, description="Специальность: `slug` из `/specialties`.")
    service: UUID | None = Field(None, description="Услуга; без неё — обычный приём врача.")
    location: UUID | None = Field(None, description="Филиал.")
    first: ScheduleDay | None = Field(
        None, alias="from", description="Первый день по календарю филиала; без него — сегодня."
    )
    days: int = Field(7, ge=1, le=31, description="Сколько дней.")


class ServicesQuery(BaseModel):
    practitioner: UUID | None = Field(None, description="Врач, чьи услуги нужны.")
    location: UUID | None = Field(None, description="Филиал; только вместе с врачом.")
    q: Slug | None = Field(None, description="Часть названия; без врача.")


Label = Annotated[str, Field(max_length=200)]


class SourceIn(BaseModel):
    utm_source: Label | None = None
    utm_medium: Label | None = None
    utm_campaign: Label | None = None
    host: Label | None = Field(None, description="Сайт, на котором стоит виджет: `partner.example`.")


class HoldIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"slot": "AQ0Zb3…", "channel": "mobile"}})

    slot: Annotated[str, Field(min_length=1, max_length=512)] = Field(description="Ключ времени из `/slots`.")
    channel: Channel = Field(description="Откуда записываются.")
    source: SourceIn | None = Field(
        None, description="Откуда пришёл человек: метки рекламы или сайт с виджетом. Только для подсчёта."
    )


class MoveIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"slot": "AQ0Zb3…"}})

    slot: Annotated[str, Field(min_length=1, max_length=512)] = Field(description="Ключ времени из `/slots`.")


class PatientIn(BaseModel):
    family: FilledName
    given: FilledName
    middle: Name | None = None
    birth_date: Annotated[BirthDay | None, BeforeValidator(blank_is_none)] = Field(
        None, description="Нужна только там, где её требует клиника или возрастное правило."
    )
    phone: Phone
    email: Annotated[str, Field(max_length=254)] | None = Field(
        None, description="Куда послать подтверждение с файлом для календаря, если клиника пишет письма."
    )


class BookerIn(BaseModel):
    relation: Literal["parent", "other"] = Field(
        description=(
            "`parent` — законный представитель ребёнка до 15 лет, нужна `patient.birth_date`; "
            "`other` — тот, кого пациент попросил записать его."
        )
    )
    name: FilledName = Field(description="Фамилия и имя того, кто записывает и даёт согласие.")


class ConfirmationIn(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "patient": {"family": "Небывалова", "given": "Анна", "phone": "+7 921 000-00-00"},
                "consents": ["booking"],
            }
        }
    )

    patient: PatientIn
    consents: Annotated[list[Purpose], Field(max_length=10)] = Field(
        description="Цели, на которые человек согласился сам; обязательна `booking`."
    )
    booker: BookerIn | None = Field(
        None,
        description="Кто записывает, если не сам пациент. `patient.phone` тогда его телефон: звонят ему.",
    )
    phone_proof: Annotated[str, Field(max_length=200)] | None = Field(
        None,
        description="Код из SMS: шесть цифр, их присылает `POST /holds/{id}/phone-code`. Нужен после отказа "
        "`phone_proof_required`.",
    )
    wish: Annotated[str, Field(max_length=500, pattern=NO_CONTROL_BUT_LINES)] | None = Field(
        None, description="Пожелание для регистратуры."
    )


class PhoneCodeIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"phone": "+7 921 000-00-00"}})

    phone: Phone = Field(description="Телефон из подтверждения: `patient.phone`.")


class PhoneCode(BaseModel):
    sent_to: str = Field(description="Куда отправили код; часть цифр скрыта.")
    resend_at: datetime = Field(description="Раньше этого новый код не отправим.")
    expires_at: datetime = Field(description="До какого времени действует код.")
    hold_expires_at: datetime = Field(
        description="До какого часа держим время: код продлевает бронь один раз."
    )


class CallRequestIn(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "Анна",
                "phone": "+7 921 000-00-00",
                "consents": ["booking"],
                "channel": "mobile",
            }
        }
    )

    name: FilledName
    phone: Phone
    topic: Annotated[str, Field(max_length=200, pattern=NO_CONTROL)] | None = None
    location: UUID | None = None
    practitioner: UUID | None = None
    consents: Annotated[list[Purpose], Field(max_length=10)] = Field(
        description="Цели, на которые человек согласился сам; обязательна `booking`."
    )
    channel: Channel


class HoursIn(BaseModel):
    opens: WallTime = Field(time.min, description="Не раньше этого часа (чч:мм) по часам филиала.")
    closes: WallTime = Field(time.max, description="Начало раньше этого часа (чч:мм).")


class WaitIn(AnswersQuery, HoursIn):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "phone": "+7 921 000-00-00",
                "specialty": "oftalmologiya",
                "first_day": "2026-11-25",
                "last_day": "2026-12-02",
                "opens": "17:00",
                "consents": ["booking"],
                "channel": "mobile",
            }
        }
    )

    phone: Phone
    practitioner: UUID | None = Field(None, description="Врач; либо он, либо `specialty`.")
    specialty: Slug | None = Field(
        None, description="Специальность: `slug` из `/specialties`; любой её врач."
    )
    locations: Annotated[list[UUID], Field(max_length=50)] = Field(
        default_factory=list, description="Какие филиалы подойдут; пустой — любой."
    )
    service: UUID | None = Field(None, description="Услуга; без неё — обычный приём врача.")
    first_day: ScheduleDay = Field(description="Первый день по календарю филиала.")
    last_day: ScheduleDay = Field(description="Последний день, включительно.")
    consents: Annotated[list[Purpose], Field(max_length=10)] = Field(
        description="Цели, на которые человек согласился сам; обязательна `booking`."
    )
    channel: Channel


class WindowIn(HoursIn):
    first_day: IsoDay = Field(description="Первый день по календарю филиала.")
    last_day: IsoDay = Field(description="Последний день, включительно.")


class SoonerIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"window": None}})

    window: WindowIn | None = Field(None, description="Что подойдёт; null — любое время раньше записи.")


class OfferIn(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={"example": {"offer": "b6f0c1de-0d7a-4d0b-9a39-1f6f0f2c7a55"}}
    )

    offer: UUID = Field(description="`offer.id`, который показан сейчас: ответ касается только его.")


class Price(BaseModel):
    amount: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]{2}$", examples=["1900.00"])]
    currency: Literal["RUB"]


class Visit(BaseModel):
    """When, where, to whom and for what; `zone` is the branch's IANA zone."""

    start: datetime
    end: datetime
    zone: str
    practitioner: UUID
    service: UUID
    location: UUID
    price: Price | None = Field(description="null — цена уточняется.")


class Slot(Visit):
    slot: str = Field(description="Ключ времени для `POST /holds`; непрозрачный.")
    mode: Literal["in_person", "remote"] = Field(description="В клинике или онлайн.")


class SlotDay(BaseModel):
    date: date
    slots: list[Slot]


class SlotList(BaseModel):
    items: list[Slot]


class AgeBand(BaseModel):
    first: int
    last: int | None = Field(description="Включительно; null — и старше.")


class Ask(BaseModel):
    """A question that stands before the times of some visits; its answer is the parameter of that name."""

    code: Literal["age", "visit", "referral", "mode"]
    ages: list[AgeBand] | None = Field(None, description="Для `age`: возрасты, которые правила различают.")


class VisitRefusal(BaseModel):
    """A visit that can't be booked online by who answered so."""

    practitioner: UUID
    location: UUID
    service: UUID
    code: Literal["stopped", "age", "first_only", "repeat_only", "referral", "remote_only", "in_person_only"]
    sentence: str = Field(description="Почему и что делать; это можно показать человеку.")
    until: datetime | None = Field(description="Когда запись откроется, если она остановлена до срока.")


class Slots(BaseModel):
    as_of: datetime | None = Field(description="На какой момент известно расписание клиники.")
    is_fresh: bool = Field(description="false — расписание устарело, времён нет: предложите звонок.")
    asks: list[Ask] = Field(description="О чём спросить, чтобы показать остальные времена.")
    refusals: list[VisitRefusal] = Field(description="К кому записаться нельзя и почему.")
    days: list[SlotDay]


class SpecialtyRef(BaseModel):
    slug: str
    title: str


class Specialty(SpecialtyRef):
    practitioners: int


class Specialties(BaseModel):
    items: list[Specialty]


class Location(BaseModel):
    id: UUID
    name: str
    organization: str
    zone: str
    city: str
    address: str
    phone: str
    hours: str


class Locations(BaseModel):
    items: list[Location]


class Service(BaseModel):
    id: UUID
    name: str
    minutes: int | None


class Services(BaseModel):
    items: list[Service]


class Practitioner(BaseModel):
    id: UUID
    name: str
    specialties: list[SpecialtyRef]
    locations: list[UUID]
    about: str
    next_slots: list[Slot] = Field(max_length=6, description="Ближайшие времена обычного приёма.")
    asks: list[Ask] = Field(description="О чём спросить, чтобы показать остальные времена.")
    refusals: list[VisitRefusal] = Field(description="В какой филиал записаться нельзя и почему.")


class Practitioners(BaseModel):
    items: list[Practitioner]
    next: str | None


class Hold(Visit):
    id: UUID
    expires_at: datetime
    mode: Literal["in_person", "remote"] = Field(description="В клинике или онлайн.")
    needs_birth_date: bool = Field(description="Подтверждение без даты рождения не примут.")


class Appointment(Visit):
    id: UUID
    mode: Literal["in_person", "remote"] = Field(description="В клинике или онлайн.")
    state: AppointmentState
    reason: str | None = Field(description="Код последнего отказа или отмены.")
    expires_at: datetime | None
    answer_by: datetime | None = Field(description="Когда обещан ответ, пока запись `confirming`.")
    can_cancel: bool
    created_at: datetime
    version: int


class Confirmation(BaseModel):
    id: UUID
    state: AppointmentState
    token: str = Field(description="Секрет этой записи: `Authorization: Bearer`.")
    manage_url: str = Field(description="Страница записи для человека; сама ссылка — секрет.")
    answer_by: datetime | None = Field(description="Когда обещан ответ, если его ещё нет.")
    appointment: Appointment


class KeptTime(BaseModel):
    id: UUID
    until: datetime = Field(description="До какого часа держим.")
    start: datetime
    zone: str
    practitioner: UUID
    service: UUID
    location: UUID
    mode: Literal["in_person", "remote"] = Field(description="В клинике или онлайн.")


class OfferedTime(KeptTime):
    hold: UUID = Field(description="Бронь этого времени: её подтверждает `POST /holds/{hold}/confirmation`.")


class Window(BaseModel):
    first_day: date
    last_day: date
    opens: str | None = Field(description="чч:мм; null — любой час.")
    closes: str | None = Field(description="чч:мм; null — любой час.")


class Sooner(BaseModel):
    state: Literal["waiting", "not_waiting", "unavailable"] = Field(
        description="`unavailable`: ждать нельзя или уже не нужно — запись скоро, окончена или переносится."
    )
    position: int | None = Field(description="Место в очереди с 1; null — не ждёт.")
    window: Window | None = Field(description="Что подойдёт; null — любое время раньше записи.")
    offer: KeptTime | None = Field(description="Что держим сейчас.")


class Wish(Window):
    id: UUID
    state: Literal["waiting", "booking", "ended"] = Field(
        description="`booking` — занятое время ждёт ответа клиники."
    )
    reason: str | None = Field(description="Почему `ended`: `met`, `withdrawn`, `over`, `unanswered`, …")
    position: int | None = Field(description="Место в очереди с 1; null — не ждёт.")
    practitioner: UUID | None
    specialty: str | None
    locations: list[UUID] = Field(description="Пустой — любой филиал.")
    offer: OfferedTime | None = Field(description="Что держим сейчас.")


class NewWish(Wish):
    token: str = Field(description="Секрет этого ожидания: `Authorization: Bearer`.")
    manage_url: str = Field(description="Страница для человека; сама ссылка — секрет.")


class CallRequest(BaseModel):
    id: UUID
    call_by: datetime = Field(description="К какому часу перезвонят.")


class Problem(BaseModel):
    """RFC 9457."""

    type: str
    title: str = Field(description="Что случилось и что делать; это можно показать человеку.")
    status: int
    code: str = Field(description="Постоянный код.")
    request_id: str = Field(
        description="Код обращения: по нему клиника найдёт этот вызов. Он же в `X-Request-Id`."
    )
    errors: dict[str, str] | None = Field(None, description="Поле → фраза рядом с ним.")
    alternatives: list[Slot] | None = Field(None, description="Ближайшие свободные времена.")
    tries_left: int | None = Field(None, description="Для `phone_proof_wrong`: сколько попыток осталось.")
    retry_at: datetime | None = Field(None, description="Для `phone_code_too_soon`: когда можно снова.")


def example_of(model: type[BaseModel]) -> Any:
    """Return the example that a model carries for the docs, None without one."""
    extra = model.model_config.get("json_schema_extra")
    return extra.get("example") if isinstance(extra, dict) else None

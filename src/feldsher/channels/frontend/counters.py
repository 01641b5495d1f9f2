"""Outside counters of visits: which there may be, what a reader chose, and what of them a page may load.

No script of a counter ever runs here. Where a reader agreed, our own module (`frontend/src/counters.ts`)
loads the counter's picture with the address of the page, without its query. Pages that do not ask for it by
`counted` never have it: booking, visits, the cabinet, the desk.
"""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse

from feldsher.channels.frontend.cookies import keep_cookie, read_cookie
from feldsher.channels.frontend.policy import with_pictures_of
from feldsher.domain.directory.types.brand import Counters

_COOKIE = "cookies"
_SECONDS = 365 * 24 * 3600
_YES, _NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class _Known:
    """A counter of the register: whom its picture is asked of, and how; `path` takes the clinic's number."""

    key: str
    title: str
    owner: str
    origin: str
    path: str


REGISTER: Final = (
    _Known(
        "metrika",
        "Яндекс Метрика",
        "ООО «Яндекс», Россия",
        "https://mc.yandex.ru",
        "/watch/{}?page-url=",
    ),
    _Known(
        "mail_ru", "Top.Mail.Ru", "ООО «ВК», Россия", "https://top-fwz1.mail.ru", "/counter?id={};js=na;u="
    ),
)
"""All that may ever be loaded from elsewhere. Owners and bases stand in Russia (152-ФЗ art. 18 part 5)."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter that the clinic has set; the address of the page is added to `address`."""

    key: str
    title: str
    owner: str
    origin: str
    address: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader chose: `is_agreed` None where nothing was, or a counter was set that it was not about."""

    is_agreed: bool | None
    counters: tuple[Counter, ...]

    @property
    def is_asked(self) -> bool:
        return bool(self.counters) and self.is_agreed is None

    @property
    def titles(self) -> str:
        return ", ".join(counter.title for counter in self.counters)

    @property
    def key(self) -> str:
        return "-".join(counter.key for counter in self.counters)


def choice_of(request: HttpRequest, counters: Counters) -> Choice:
    """Return what the cookie says of the counters that the clinic has set."""
    ours = tuple(
        Counter(known.key, known.title, known.owner, known.origin, known.origin + known.path.format(number))
        for known in REGISTER
        if (number := getattr(counters, known.key))
    )
    word, _, kinds = read_cookie(request, _COOKIE).partition(".")
    asked_of = set(kinds.split("-"))
    is_known = word in {_YES, _NO} and all(counter.key in asked_of for counter in ours)
    return Choice(word == _YES if is_known else None, ours)


def choice_key(request: HttpRequest) -> str:
    """Return the cookie's word where it is ours, for whoever tells readers apart before a page is made.

    What it says of other counters than those of the register is as good as nothing.
    """
    word, _, kinds = read_cookie(request, _COOKIE).partition(".")
    asked_of = set(kinds.split("-"))
    return (
        ".".join([word, *(known.key for known in REGISTER if known.key in asked_of)])
        if word in {_YES, _NO}
        else ""
    )


def keep_choice(response: HttpResponse, choice: Choice, *, is_agreed: bool) -> None:
    """Give the browser one cookie: the word, and which counters it was about; it names nobody."""
    word = _YES if is_agreed else _NO
    keep_cookie(response, _COOKIE, f"{word}.{choice.key}", seconds=_SECONDS)


def counted(response: HttpResponse, choice: Choice) -> None:
    """Let the pictures of the counters into a page whose reader agreed to them."""
    if choice.is_agreed and choice.counters:
        origins = [counter.origin for counter in choice.counters]
        response.headers["Content-Security-Policy"] = with_pictures_of(origins)

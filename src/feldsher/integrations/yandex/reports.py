"""One report: `POST` of a form, whose names are those of the clinic's settings, and what the answer means.

Яндекс publishes where reports go, that they are forms, and that token and mark stand in the body. How its
fields are called is a setting, to be read off its page: nothing here guesses them.
"""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from feldsher.domain.conversions.types import Answer, Denied, Fact, Later, Report, Told, Unfit
from feldsher.foundation.egress.client import HttpClient, LostError, NotSentError

HOME: Final = "https://yandex.ru/medicine-api/orders"
TOKEN, CLICK = "token", "ya_token"
_LIMIT = 1024 * 1024
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
_PASSING = (408, 425, 429)
_UNFIT = (400, 409, 410, 422)
_SERVER_ERROR = 500
_READ: dict[str, Callable[[Report], str]] = {
    CLICK: lambda report: report.click,
    Fact.PRESSED_AT.value: lambda report: report.pressed_at.isoformat(timespec="seconds"),
    Fact.STARTS_AT.value: lambda report: report.starts_at.isoformat(timespec="seconds"),
    Fact.CLINIC.value: lambda report: str(report.clinic),
    Fact.DOCTOR.value: lambda report: str(report.doctor),
    Fact.SERVICE.value: lambda report: str(report.service),
}
VALUES: Final = (TOKEN, *_READ)
"""What a field of the settings may hold, beside a text of its own after «=»."""


class YandexDoctors:
    """Thread-safe. `fields` maps a name of Яндекс to one of VALUES, or to «=» and a text.

    ValueError in one sentence for settings that can't be used.
    """

    title = "Яндексу"

    def __init__(self, *, token: str, fields: Mapping[str, str], url: str, seconds: float) -> None:
        unknown = [value for value in fields.values() if value not in VALUES and not value.startswith("=")]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no value of a field: {', '.join(VALUES)}, or =text")
        lacks = {TOKEN, CLICK} - set(fields.values())
        if lacks or not token:
            raise ValueError("a report needs the token and the fields that hold token and ya_token")
        parts = urlsplit(url)
        self._client = HttpClient(f"{parts.scheme}://{parts.netloc}", connections=2, limit=_LIMIT)
        self._path = parts.path
        self._token, self._fields, self._seconds = token, dict(fields), seconds

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(fact for fact in Fact if fact.value in self._fields.values())

    def tell(self, report: Report) -> Answer:
        """Send it once. A lost answer is «later»: whether it was taken nobody can ask."""
        body = urlencode({name: self._said(value, report) for name, value in self._fields.items()})
        try:
            reply = self._client.post(body.encode(), headers=_HEADERS, seconds=self._seconds, path=self._path)
        except NotSentError:
            return Later("not_sent")
        except LostError:
            return Later("no_answer")
        return meaning(reply.status)

    def _said(self, value: str, report: Report) -> str:
        if value.startswith("="):
            return value[1:]
        return self._token if value == TOKEN else _READ[value](report)


def meaning(status: int) -> Answer:
    """Return what a status says: a redirect is no place to send patients' doings to, and so a denial."""
    code = f"http_{status}"
    if status in range(200, 300):
        return Told()
    if status in _PASSING or status >= _SERVER_ERROR:
        return Later(code)
    return Unfit(code) if status in _UNFIT else Denied(code)

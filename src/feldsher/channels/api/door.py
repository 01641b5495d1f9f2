"""The API as django-ninja sees it: its operations, its parser, its one handler of refusals."""

from ninja import NinjaAPI
from ninja.operation import Operation

from feldsher.channels.api import booking, find, problems, sooner, waiting
from feldsher.channels.api.intake import StrictParser

_DESCRIPTION = (
    "Запись к врачу: найти время, занять его, подтвердить. Начало и конец визита — RFC 3339 со смещением "
    "филиала, рядом имя его зоны. Отказы — RFC 9457 с постоянным `code` и фразой, которую можно показать "
    "человеку. На каждый POST нужен `Idempotency-Key`: потерянный ответ повторяют с тем же ключом. "
    "Сколько вызовов осталось — в `RateLimit`; после 429 ждут `Retry-After`. Партнёр может называть себя "
    "ключом: `Authorization: Bearer fk_…`."
)


OF_BOOKING = ("slots", "holds", "appointments", "waiting", "wishes")
"""First parts of the addresses that are closed where booking is off."""


class _Api(NinjaAPI):
    """Names operations for clients, not for our modules."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


api = _Api(
    title="Фельдшер: запись к врачу",
    version="1",
    description=_DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    servers=[{"url": "/api/v1"}],
)
problems.install(api)
api.add_router("", find.router)
api.add_router("", booking.router)
api.add_router("", waiting.router)
api.add_router("", sooner.router)

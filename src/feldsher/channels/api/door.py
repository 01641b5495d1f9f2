"""The API as django-ninja sees it: its operations, its parser, its one handler of refusals."""

from ninja import NinjaAPI

from feldsher.channels.api import booking, find, problems
from feldsher.channels.api.intake import StrictParser

_DESCRIPTION = (
    "Запись к врачу: найти время, занять его, подтвердить. Начало и конец визита — RFC 3339 со смещением "
    "филиала, рядом имя его зоны. Отказы — RFC 9457 с постоянным `code` и фразой, которую можно показать "
    "человеку. На каждый POST нужен `Idempotency-Key`: потерянный ответ повторяют с тем же ключом."
)

api = NinjaAPI(
    title="Фельдшер: запись к врачу",
    version="1",
    description=_DESCRIPTION,
    docs_url=None,
    openapi_url=None,
    parser=StrictParser(),
    servers=[{"url": "/api/v1"}],
)
problems.install(api)
# The order of the routers is the order in which addresses are tried: the hot one first.
api.add_router("", booking.router)
api.add_router("", find.router)

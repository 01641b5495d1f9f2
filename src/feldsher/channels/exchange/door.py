"""The address that 1С calls: `?type=catalog|sale&mode=…`, answers of lines in windows-1251, or of documents.

Everything is answered with 200, a refusal too: of another status 1С shows a number and not the sentence.
The protocol acts by GET; whoever calls has a cookie that no browser is ever given.
"""

import logging
from collections.abc import Callable
from typing import Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feldsher.channels.exchange import files, sessions, work
from feldsher.channels.exchange.errors import ExchangeError
from feldsher.channels.exchange.models import ExchangeSession, Task
from feldsher.channels.exchange.types import TaskState, Topic
from feldsher.channels.frontend.answers import private
from feldsher.domain.accounting import services as accounting
from feldsher.kernel.errors import DomainError

ENCODING: Final = "windows-1251"
VERSION: Final = "2.09"
_ACCIDENT: Final = "На\u00a0сайте сбой. Повторите обмен; если не\u00a0поможет, скажите администратору сайта."
_log = logging.getLogger(__name__)
Answer = tuple[str, ...]
"""The lines of an answer."""


@csrf_exempt
@require_http_methods(["GET", "POST"])
def exchange(request: HttpRequest) -> HttpResponse:
    """Answer one step of an exchange."""
    try:
        answer = _answer(request)
    except DomainError as error:
        _log.info("exchange refused: %s: %s", error.code, error.detail)
        answer = ("failure", error.message)
    except Exception:  # noqa: BLE001 - 1С shows words of ours alone, and no page of an error
        _log.exception("an exchange failed")
        answer = ("failure", _ACCIDENT)
    if isinstance(answer, bytes):
        return private(HttpResponse(answer, content_type=f"text/xml; charset={ENCODING}"))
    body = "\n".join(answer).encode(ENCODING, "replace")
    return private(HttpResponse(body, content_type=f"text/plain; charset={ENCODING}"))


def _answer(request: HttpRequest) -> Answer | bytes:
    asked, mode = request.GET.get("type", ""), request.GET.get("mode", "")
    if asked not in set(Topic):
        raise ExchangeError("an unknown type")
    topic = Topic(asked)
    if mode == "checkauth":
        return _checkauth(request, topic)
    step = _STEPS[topic].get(mode)
    if step is None:
        raise ExchangeError("an unknown mode")
    return step(request, sessions.session_of(request, topic))


def _checkauth(request: HttpRequest, topic: Topic) -> Answer:
    with transaction.atomic():
        session, token = sessions.begin(request, topic)
        if topic is Topic.SALE:
            accounting.open_base(session.source)
    sessid, moment = sessions.sessid_of(token), int(session.created_at.timestamp())
    return "success", sessions.COOKIE, token, f"sessid={sessid}", f"timestamp={moment}"


def _init(request: HttpRequest, session: ExchangeSession) -> Answer:
    """Say what the site takes; whatever the exchange sent before is forgotten."""
    work.begin_anew(session)
    answer = ("zip=yes", f"file_limit={files.PIECE_BYTES}")
    if "version" not in request.GET:
        return answer
    token = request.COOKIES[sessions.COOKIE]
    return (*answer, f"sessid={sessions.sessid_of(token)}", f"version={VERSION}")


def _file(request: HttpRequest, session: ExchangeSession) -> Answer:
    files.keep_piece(session, name=_name(request), request=request)
    return ("success",)


def _file_of_orders(request: HttpRequest, session: ExchangeSession) -> Answer:
    answer = _file(request, session)
    work.read_later(session)
    return answer


def _query(_request: HttpRequest, session: ExchangeSession) -> bytes:
    return accounting.hand_over(session.source, exchange=session.id)


def _success(_request: HttpRequest, session: ExchangeSession) -> Answer:
    """1С has what the last `query` of this exchange answered."""
    accounting.confirm_taken(session.source, exchange=session.id)
    return ("success",)


def _import(request: HttpRequest, session: ExchangeSession) -> Answer:
    return _state(work.import_document(session, _name(request)))


def _deactivate(_request: HttpRequest, session: ExchangeSession) -> Answer:
    return _state(work.close_absent(session))


def _complete(_request: HttpRequest, session: ExchangeSession) -> Answer:
    task = work.close_absent(session)
    if task.state == TaskState.DONE:
        files.drop_files(session.id)
    return _state(task)


def _name(request: HttpRequest) -> str:
    return files.safe_name(request.GET.get("filename", ""))


def _state(task: Task) -> Answer:
    if task.state == TaskState.DONE:
        return "success", task.sentence
    if task.state == TaskState.FAILED:
        return "failure", task.sentence
    return "progress", work.progress(task)


_Step = Callable[[HttpRequest, ExchangeSession], Answer | bytes]
_STEPS: Final[dict[Topic, dict[str, _Step]]] = {
    Topic.CATALOG: {
        "init": _init,
        "file": _file,
        "import": _import,
        "deactivate": _deactivate,
        "complete": _complete,
    },
    Topic.SALE: {
        "init": _init,
        "query": _query,
        "success": _success,
        "file": _file_of_orders,
        "import": _import,
    },
}

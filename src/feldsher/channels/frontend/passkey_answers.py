"""What a script of ours and the server say to each other about a passkey, at one address for each use.

A POST without `answer` is answered by what the browser needs, a POST with the browser's `answer` by where to
go next, and a refusal by its code and sentence: JSON each time.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from feldsher.foundation.access.errors import PasskeyRefusedError
from feldsher.kernel.errors import DomainError

LONGEST = 16_384
"""Characters of an answer: a browser's are below 4,000."""


def passkey_answer(
    request: HttpRequest, *, ask: Callable[[], dict[str, Any]], take: Callable[[str], HttpResponse]
) -> HttpResponse:
    """Ask, or take the answer that was sent; a DomainError becomes JSON with its status."""
    answer = request.POST.get("answer")
    if answer is not None and len(answer) > LONGEST:
        return refused(PasskeyRefusedError("too long"))
    try:
        return JsonResponse(ask()) if answer is None else take(answer)
    except DomainError as error:
        return refused(error)


def refused(error: DomainError) -> HttpResponse:
    """Return the refusal as a script reads it."""
    return JsonResponse({"code": error.code, "sentence": error.message}, status=error.status)

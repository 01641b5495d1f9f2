"""Pages are compressed, and nothing else: what a secret could be guessed from stays as long as it is."""

import gzip

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from feldsher.conf.middleware import PageGZipMiddleware


def _answer(content_type: str) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("время " * 200, content_type=content_type)

    request = RequestFactory().get("/", headers={"Accept-Encoding": "gzip"})
    return PageGZipMiddleware(view)(request)  # type: ignore[return-value] # the view is not asynchronous


def test_a_page_is_compressed() -> None:
    response = _answer("text/html; charset=utf-8")
    assert response.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).decode() == "время " * 200
    assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize("content_type", ["application/json", "text/css", "text/calendar", ""])
def test_other_answers_are_left_alone(content_type: str) -> None:
    assert "Content-Encoding" not in _answer(content_type).headers


def test_equal_pages_have_different_lengths() -> None:
    assert len({len(_answer("text/html").content) for _ in range(40)}) > 1

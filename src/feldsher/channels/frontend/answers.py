"""Answers that every door with pages gives alike: what no cache may keep, and «see the other page»."""

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers


class SeeOther(HttpResponseRedirect):
    """303: the form was taken, the answer is on another page."""

    status_code = 303


def private(response: HttpResponse) -> HttpResponse:
    """Forbid caches, robots and other pages to learn of the answer: who was here is a medical secret."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    patch_vary_headers(response, ["Cookie"])
    return response

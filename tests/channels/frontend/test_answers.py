"""What no cache may keep is said in one way, whichever door answers."""

from django.http import HttpResponse

from feldsher.channels.frontend.answers import SeeOther, private


def test_a_private_answer_is_kept_listed_and_embedded_by_nobody() -> None:
    first = HttpResponse()
    first.headers["Vary"] = "Accept-Encoding"
    answer = private(first)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert answer.headers["Vary"] == "Accept-Encoding, Cookie"


def test_a_form_that_was_taken_leads_on_by_get() -> None:
    answer = SeeOther("/desk/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from feldsher.channels.frontend import form_keys
from feldsher.domain.scheduling.errors import InProgressError

KEY = "0123456789abcdef" * 2


def _once(query: str, *, subject: str = "slot-1", caller: str = "device-1") -> tuple[bytes, bytes]:
    request = RequestFactory().post("/holds/")
    request.POST = QueryDict(query)
    found = form_keys.idempotency_of(request, route="site holds", caller=caller, subject=subject)
    return found.key, found.body


def test_a_repeat_of_the_same_form_is_the_same_call() -> None:
    one = _once(f"slot=slot-1&key={KEY}&csrfmiddlewaretoken=aaa")
    two = _once(f"slot=slot-1&key={KEY}&csrfmiddlewaretoken=bbb")
    assert one == two
    assert [len(part) for part in one] == [32, 32]


def test_another_time_another_device_and_another_body_are_told_apart() -> None:
    key, body = _once(f"slot=slot-1&key={KEY}")
    assert _once(f"slot=slot-1&key={KEY}", subject="slot-2")[0] != key
    assert _once(f"slot=slot-1&key={KEY}", caller="device-2")[0] != key
    same_key, other_body = _once(f"slot=slot-1&key={KEY}&wish=x")
    assert same_key == key
    assert other_body != body


@pytest.mark.parametrize("query", ["slot=1", "slot=1&key=", "slot=1&key=ZZ", f"slot=1&key={KEY}0"])
def test_a_form_without_its_key_is_refused(query: str) -> None:
    with pytest.raises(form_keys.FormKeyError):
        _once(query)


def test_a_twin_is_waited_for_and_its_outcome_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(form_keys.time, "sleep", slept.append)
    answers = iter([InProgressError(), InProgressError(), "hold"])

    def act() -> str:
        answer = next(answers)
        if isinstance(answer, str):
            return answer
        raise answer

    assert form_keys.after_its_twin(act) == "hold"
    assert slept == [0.1, 0.2]


def test_a_twin_that_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(form_keys.time, "sleep", slept.append)

    def act() -> str:
        raise InProgressError

    with pytest.raises(InProgressError):
        form_keys.after_its_twin(act)
    assert slept == [0.1, 0.2, 0.4, 0.8]

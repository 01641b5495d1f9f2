"""Web Push over the wire to the stand-in: what leaves, where to, and what each answer means."""

import json
from collections.abc import Iterator

import pytest

from feldsher.foundation.egress import register
from feldsher.foundation.messaging.ports import Gone, NotSent, PushTarget, Refused, Sent, Unknown
from feldsher.integrations.push import WebPush, build, new_private_key
from support.egress import known
from testbench.web_push import server
from testbench.web_push.browser import text
from testbench.web_push.faults import Faults

KEY = new_private_key()
CONTACT = "mailto:site@clinic.example"


@pytest.fixture
def bench() -> Iterator[server.RunningSimulator]:
    running = server.start()
    yield running
    running.stop()


def sender_to(*services: str, key: str = KEY) -> WebPush:
    return build(private_key=key, contact=CONTACT, services=services, timeout=2)


@pytest.fixture
def sender(bench: server.RunningSimulator) -> WebPush:
    return sender_to(known(bench.url))


def target(bench: server.RunningSimulator, *, bound_to: str = "") -> PushTarget:
    made = bench.post.subscribe(bound_to=bound_to)
    return PushTarget(f"{bench.url}{server.ENDPOINT}{made.name}", text(made.point), text(made.auth))


def strike(bench: server.RunningSimulator, name: str) -> None:
    bench.post.faults.put(bench.post.faults.make(name, times=1))


def test_what_leaves_is_readable_in_the_browser_and_signed_for_its_service(
    bench: server.RunningSimulator, sender: WebPush
) -> None:
    to = target(bench, bound_to=sender.public_key)
    assert sender.accepts(to)
    assert sender.send(to, "Ждём вас".encode(), topic="abc-1", seconds=60) == Sent("")
    (pushed,) = bench.post.listing()
    assert (pushed.text, pushed.ttl, pushed.topic, pushed.urgency) == ("Ждём вас", 60, "abc-1", "high")
    assert bench.post.refused == []


def test_another_key_than_the_subscription_is_bound_to_is_refused(
    bench: server.RunningSimulator, sender: WebPush
) -> None:
    to = target(bench, bound_to=sender_to(bench.url, key=new_private_key()).public_key)
    assert sender.send(to, b"x", topic="a", seconds=1) == Refused("http_403")
    assert bench.post.refused == ["RFC 8292, 4.2: another key than the subscription is bound to"]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("gone", Gone("http_410")),
        ("not_found", Gone("http_404")),
        ("too_large", Refused("http_413")),
        ("too_many", NotSent("http_429")),
        ("http_500", NotSent("http_500")),
        ("http_503", NotSent("http_503")),
    ],
)
def test_each_status_means_what_the_rfc_says(
    bench: server.RunningSimulator, sender: WebPush, fault: str, outcome: object
) -> None:
    strike(bench, fault)
    assert sender.send(target(bench), b"x", topic="a", seconds=1) == outcome
    assert bench.post.listing() == []


def test_a_lost_answer_is_neither_sent_nor_not_sent(bench: server.RunningSimulator, sender: WebPush) -> None:
    strike(bench, "accept_then_drop")
    assert isinstance(sender.send(target(bench), b"x", topic="a", seconds=1), Unknown)
    assert len(bench.post.listing()) == 1


def test_where_nobody_answers_it_surely_never_left(bench: server.RunningSimulator, sender: WebPush) -> None:
    to = target(bench)
    bench.stop()
    assert isinstance(sender.send(to, b"x", topic="a", seconds=1), NotSent)


def test_a_subscription_that_ended_is_gone(bench: server.RunningSimulator, sender: WebPush) -> None:
    to = target(bench)
    bench.post.end(to.endpoint.rpartition("/")[2])
    assert sender.send(to, b"x", topic="a", seconds=1) == Gone("http_410")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:1/wpush/v2/x",
        "http://169.254.169.254/latest/meta-data",
        "https://push.example@127.0.0.1/x",
        "https://push.example.evil.example/x",
        "https://push.example:444/x",
        "https://PUSH.example\\@evil.example/x",
        "https://push.example#@evil.example/x",
        "https://push.example",
        "https://push.example/",
        "https://push.example/a b",
        "https://push.example/я",
        "file:///etc/passwd",
        "//push.example/x",
        "https://push.example/" + "x" * 1000,
        "",
    ],
)
def test_an_endpoint_of_no_known_service_is_taken_and_called_nowhere(endpoint: str) -> None:
    sender = sender_to("https://push.example")
    made = server.Post().subscribe()
    to = PushTarget(endpoint, text(made.point), text(made.auth))
    assert not sender.accepts(to)
    if len(endpoint) < 1000:
        assert sender.send(to, b"x", topic="a", seconds=1) == Refused("unknown_service")
    good = PushTarget("https://push.example/x", to.p256dh, to.auth)
    assert sender.accepts(good)


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("", ""), ("AAAA", "AAAA"), ("я", "я"), ("A" * 87, "A" * 22), ("+" * 87, "A" * 22)]
)
def test_keys_that_are_none_are_not_taken(p256dh: str, auth: str) -> None:
    sender = sender_to("https://push.example")
    to = PushTarget("https://push.example/x", p256dh, auth)
    assert not sender.accepts(to)
    assert sender.send(to, b"x", topic="a", seconds=1) == Refused("unusable_keys")


def test_a_service_that_the_register_does_not_know_is_not_called(bench: server.RunningSimulator) -> None:
    before = register.hosts()
    register.bind(())
    try:
        outcome = sender_to(bench.url).send(target(bench), b"x", topic="a", seconds=1)
    finally:
        register.bind(before)
    assert outcome == NotSent("RefusedHostError")


def test_settings_that_cannot_work_are_one_sentence() -> None:
    with pytest.raises(ValueError, match="https://"):
        sender_to("http://push.example")
    with pytest.raises(ValueError, match="without a path"):
        sender_to("https://push.example/v2")
    with pytest.raises(ValueError, match="push keys"):
        sender_to("https://push.example", key="short")


def test_nothing_secret_is_in_a_repr(bench: server.RunningSimulator) -> None:
    assert json.dumps(repr(target(bench))) == '"PushTarget()"'


def test_the_stand_in_names_every_fault_it_has() -> None:
    assert Faults().listing() == []

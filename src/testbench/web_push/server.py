"""One port: the endpoints of a push service, and the inspection API under `/_bench/`."""

import threading
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from testbench.inspection import PLACE, Fields, Inspection, InspectionHandler, word
from testbench.refusal import Refusal
from testbench.running import Running
from testbench.web import PLAIN, Answer
from testbench.web_push.browser import Subscription, UnreadableError, check_sender, subscribe, text
from testbench.web_push.faults import PUSH, STATUSES, Faults

ENDPOINT = "/wpush/v2/"
LONGEST = 4096
_TOPIC = 32
_URGENCIES = {"very-low", "low", "normal", "high"}


@dataclass(frozen=True, slots=True)
class Options:
    """Port 0 lets the system choose."""

    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message as the browser reads it; `subscription` ends its endpoint, `ttl` is in seconds."""

    id: str
    subscription: str
    text: str
    ttl: int
    topic: str
    urgency: str


class Post:
    """Subscriptions and what came for them; thread-safe, nothing on disk."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        with self._lock:
            self._subscriptions: dict[str, Subscription] = {}
            self._pushed: list[Pushed] = []
            self.refused: list[str] = []
        self.faults.reset()

    def subscribe(self, *, bound_to: str = "") -> Subscription:
        made = subscribe(bound_to=bound_to)
        with self._lock:
            self._subscriptions[made.name] = made
        return made

    def end(self, name: str) -> None:
        """Let the browser end a subscription: whoever sends to it is told 410."""
        with self._lock:
            self._subscriptions.pop(name, None)

    def found(self, name: str) -> Subscription | None:
        with self._lock:
            return self._subscriptions.get(name)

    def take(self, subscription: Subscription, message: str, *, ttl: int, topic: str, urgency: str) -> Pushed:
        """Keep a message: the browser is there, and gets it at once."""
        with self._lock:
            name = f"{len(self._pushed) + 1:08}"
            pushed = Pushed(name, subscription.name, message, ttl, topic, urgency)
            self._pushed.append(pushed)
            return pushed

    def refuse(self, why: str) -> None:
        with self._lock:
            self.refused.append(why)

    def listing(self) -> list[Pushed]:
        """Return what was taken, oldest first."""
        with self._lock:
            return list(self._pushed)


class PostInspection(Inspection):
    """`state`, `reset`, `subscribe` (a browser asks for a subscription) and `end` (it gives one up)."""

    def __init__(self, post: Post) -> None:
        super().__init__(post.faults)
        self._post = post
        self.url = ""
        self._gets["state"] = self._state
        self._posts |= {"subscribe": self._subscribe, "end": self._end, "reset": self._reset}

    def _state(self) -> object:
        return {"messages": [asdict(each) for each in self._post.listing()], "refused": self._post.refused}

    def _subscribe(self, fields: Fields) -> object:
        made = self._post.subscribe(bound_to=word(fields, "key", default=""))
        return {
            "endpoint": f"{self.url}{ENDPOINT}{made.name}",
            "p256dh": text(made.point),
            "auth": text(made.auth),
        }

    def _end(self, fields: Fields) -> object:
        self._post.end(word(fields, "endpoint").rpartition("/")[2])
        return {}

    def _reset(self, fields: Fields) -> object:
        del fields
        self._post.reset()
        return {}


class PushHandler(InspectionHandler):
    server_version = "push-stand-in"
    post: ClassVar[Post]
    stopping: ClassVar[threading.Event]

    def do_POST(self) -> None:  # noqa: N802 - named by http.server
        if self.route.startswith(PLACE):
            super().do_POST()
            return
        body = self.body()
        if body is not None:
            self._push(body)

    def _push(self, body: bytes) -> None:
        faults = self.post.faults
        slow = faults.draw("slow", PUSH)
        if slow is not None:
            self.stopping.wait(slow.delay)
        for name, status in STATUSES.items():
            if faults.draw(name, PUSH):
                self.respond(_plain(status))
                return
        if faults.draw("drop", PUSH):
            self.respond(None)
            return
        try:
            pushed = self._taken(body)
        except Refusal as refusal:
            self.post.refuse(refusal.text)
            self.respond(_plain(int(refusal.code), refusal.text))
            return
        if faults.draw("accept_then_drop", PUSH):
            self.respond(None)
            return
        self.respond(_plain(201), Location=f"{self._origin}/message/{pushed.id}", TTL=str(pushed.ttl))

    def _taken(self, body: bytes) -> Pushed:
        """Return the message; Refusal whose code is the status."""
        subscription = self.post.found(self.route.removeprefix(ENDPOINT))
        if subscription is None:
            raise Refusal("no such subscription", code="410")
        if len(body) > LONGEST:
            raise Refusal("more than 4096 bytes", code="413")
        ttl, topic = self.headers.get("TTL", ""), self.headers.get("Topic", "")
        urgency = self.headers.get("Urgency", "normal")
        if not ttl.isdigit():
            raise Refusal("RFC 8030, 5.2: TTL is seconds", code="400")
        if (
            len(topic) > _TOPIC
            or not topic.replace("-", "").replace("_", "").isalnum()
            or urgency not in _URGENCIES
        ):
            raise Refusal("RFC 8030, 5.3 and 5.4: Urgency, Topic", code="400")
        if self.headers.get("Content-Encoding") != "aes128gcm":
            raise Refusal("RFC 8291, 4: Content-Encoding is aes128gcm", code="400")
        authorization = self.headers.get("Authorization", "")
        try:
            check_sender(authorization, audience=self._origin, bound_to=subscription.bound_to)
        except UnreadableError as error:
            raise Refusal(str(error), code="403") from error
        try:
            message = subscription.read(body)
        except UnreadableError as error:
            raise Refusal(str(error), code="400") from error
        return self.post.take(subscription, message, ttl=int(ttl), topic=topic, urgency=urgency)

    @property
    def _origin(self) -> str:
        return f"http://{self.headers.get('Host', '')}"


class RunningSimulator(Running):
    def __init__(self, options: Options) -> None:
        super().__init__()
        self.post = Post()
        inspection = PostInspection(self.post)
        self.url = self.serve(
            (options.host, options.port),
            PushHandler,
            inspection=inspection,
            post=self.post,
            stopping=self.stopping,
        )
        inspection.url = self.url
        self.addresses = {"url": self.url}


def start(**options: Any) -> RunningSimulator:
    """Start a simulator in this process; the options are those of `Options`."""
    return RunningSimulator(Options(**options))


def _plain(status: int, words: str = "") -> Answer:
    return Answer(status, PLAIN, words.encode())

"""People of an invented clinic who sign in, for the tests of the desk."""

from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from django.test import Client

from feldsher.foundation.access import second_factor, selectors, services
from feldsher.foundation.access.roles import Role
from feldsher.foundation.watch.models import Alert
from feldsher.kernel import clock

PASSWORD = "feldsher-demo"


def signed_in(*roles: Role, login: str = "vera") -> Client:
    """Return a browser in which a new person with these roles has signed in."""
    services.create_staff(login, password=PASSWORD, name="Тестова И.", roles=roles)
    return entered(login)


def entered(login: str) -> Client:
    """Return a browser in which somebody of the tables has signed in."""
    client = Client()
    answer = client.post("/desk/sign-in/", {"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    return client


def with_app(login: str = "vera") -> pyotp.TOTP:
    """Connect an authenticator app to the person, as a minute ago; returns what the app computes."""
    user_id = next(each.id for each in selectors.all_staff() if each.login == login)
    app = pyotp.TOTP(second_factor.begin_totp(user_id, issuer="Клиника").text)
    now, real = clock.now(), clock.now
    clock.now = lambda: now - timedelta(minutes=1)
    try:
        second_factor.confirm_totp(user_id, code=app.at(now - timedelta(minutes=1)))
    finally:
        clock.now = real
    return app


def alert(about: UUID, **changes: object) -> Alert:
    """Write an alert about a person of staff."""
    moment = datetime.fromisoformat("2026-11-25T12:00:00+03:00")
    values: dict[str, object] = {
        "actor": about,
        "role": "registrar",
        "rule": "no_ground",
        "day": moment.date(),
        "level": "alert",
        "points": 40,
        "score": 40,
        "figures": {"count": 31, "limit": 12, "opened": 96},
        "ids": [101, 102, 103, 107],
        "since": moment,
        "until": moment + timedelta(hours=2),
        "found_at": moment + timedelta(hours=2, minutes=4),
    }
    return Alert.objects.create(**{**values, **changes})

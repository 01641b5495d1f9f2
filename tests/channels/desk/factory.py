"""People of an invented clinic who sign in, for the tests of the desk."""

from django.test import Client

from feldsher.foundation.access import services
from feldsher.foundation.access.roles import Role

PASSWORD = "feldsher-demo"


def signed_in(*roles: Role, login: str = "vera") -> Client:
    """Return a browser in which a new person with these roles has signed in."""
    services.create_staff(login, password=PASSWORD, name="Тестова И.", roles=roles)
    client = Client()
    answer = client.post("/desk/sign-in/", {"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    return client

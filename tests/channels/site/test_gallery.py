import pytest
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.usefixtures("clinic")


def test_the_gallery_is_a_part_of_the_demo_only(client: Client, settings: Settings) -> None:
    settings.DEMO = False
    assert client.get("/components/").status_code == 404


@pytest.mark.parametrize("scheme", ["light", "dark", "contrast-light", "contrast-dark"])
def test_the_gallery_shows_each_state_in_each_scheme(client: Client, settings: Settings, scheme: str) -> None:
    settings.DEMO = True
    page = client.get(f"/components/?look={scheme}").content.decode()
    assert f'data-look="{scheme}"' in page
    assert page.count('aria-label="Талон: ') == 8
    for words in (
        "is-busy",
        "chip-taken",
        "day-empty",
        "left-short",
        "aria-invalid",
        "skeleton",
        "badge-zone",
    ):
        assert words in page


def test_an_unknown_scheme_changes_nothing(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    assert "data-look" not in client.get("/components/?look=%22%3E").content.decode().split(">")[1]

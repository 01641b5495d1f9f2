"""No foreign identity provider can be installed: the system check fails (C27; 149-ФЗ, ст. 8 ч. 10)."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.checks import Error, run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from feldsher.foundation.access.identity import check_identity, refuse_foreign_identity

MODEL = "django.contrib.auth.backends.ModelBackend"


def refused() -> list[str]:
    found = check_identity(app_configs=None)
    assert all(isinstance(each, Error) and each.id == "access.E010" for each in found)
    return [each.msg.partition(" may be")[0] for each in found]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let Django's registry name one more app."""

    def add(name: str) -> None:
        found = [*apps.get_app_configs(), SimpleNamespace(name=name)]
        monkeypatch.setattr(apps, "get_app_configs", lambda: found)

    return add


def test_c27_the_product_has_no_foreign_provider() -> None:
    assert refused() == []
    assert [each for each in run_checks() if each.id == "access.E010"] == []


@pytest.mark.parametrize("provider", ["google", "apple", "github", "facebook", "openid_connect", "saml"])
def test_c27_a_foreign_provider_among_the_apps_fails(install: Callable[[str], None], provider: str) -> None:
    name = f"allauth.socialaccount.providers.{provider}"
    install(name)
    assert refused() == [name]


@pytest.mark.parametrize("name", ["mozilla_django_oidc", "djangosaml2", "django_auth_adfs"])
def test_c27_a_federation_of_any_provider_fails(install: Callable[[str], None], name: str) -> None:
    install(name)
    assert refused() == [name]


@pytest.mark.parametrize("provider", ["yandex", "vk", "mailru", "odnoklassniki"])
def test_c27_a_russian_provider_passes(install: Callable[[str], None], provider: str) -> None:
    install(f"allauth.socialaccount.providers.{provider}")
    assert refused() == []


@pytest.mark.parametrize(
    "path",
    [
        "social_core.backends.google.GoogleOAuth2",
        "social_core.backends.open_id_connect.OpenIdConnectAuth",
        "django.contrib.auth.backends.RemoteUserBackend",
        "nobody.knows.this.Backend",
    ],
)
def test_c27_a_backend_that_is_not_known_to_be_russian_fails(settings: Settings, path: str) -> None:
    settings.AUTHENTICATION_BACKENDS = [MODEL, path]
    assert refused() == [path]


@pytest.mark.parametrize(
    "path",
    [
        "social_core.backends.vk.VKOAuth2",
        "social_core.backends.yandex.YandexOAuth2",
        "allauth.account.auth_backends.AuthenticationBackend",
        "feldsher.integrations.identity.esia.EsiaBackend",
    ],
)
def test_c27_a_russian_backend_and_ones_own_pass(settings: Settings, path: str) -> None:
    settings.AUTHENTICATION_BACKENDS = [MODEL, path]
    assert refused() == []


def test_c27_a_configured_provider_counts_too(settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"yandex": {}, "google": {}}
    assert refused() == ["SOCIALACCOUNT_PROVIDERS['google']"]


def test_c27_the_site_does_not_start_with_a_foreign_provider(settings: Settings) -> None:
    refuse_foreign_identity()
    settings.AUTHENTICATION_BACKENDS = [MODEL, "social_core.backends.google.GoogleOAuth2"]
    with pytest.raises(ImproperlyConfigured, match="google"):
        refuse_foreign_identity()

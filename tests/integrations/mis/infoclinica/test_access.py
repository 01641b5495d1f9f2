"""OAuth2 with the derived secret, a clock that is off, a client's certificate: each against a real server."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from feldsher.domain.scheduling.ports import GatewayUnavailableError, NotSent
from feldsher.integrations.mis.infoclinica import build
from feldsher.integrations.mis.infoclinica.access import derived_secret
from feldsher.integrations.mis.infoclinica.profile import read_profile
from integrations.mis.infoclinica.factory import BRANCH, LOGIN, PERSON, Canned, Clinic
from support.egress import known
from testbench.infoclinica.server import Identity

Simulate = Callable[..., Clinic]


@pytest.mark.parametrize(
    ("options", "source"),
    [
        ({}, "20260901101500|site|demo-secret"),
        ({"secret_type": 1, "scope": "media"}, "20260901101500|site|demo-secret|media"),
    ],
)
def test_the_secret_is_derived_as_the_contract_says(options: dict[str, Any], source: str) -> None:
    kind = options.get("secret_type", 0)
    expected = f"{kind}-20260901101500-{hashlib.sha1(source.encode()).hexdigest()}"  # noqa: S324 - the vendor's
    assert derived_secret(read_profile(LOGIN | options), "20260901101500") == expected


@pytest.mark.parametrize(
    "options", [{}, {"grant": "client_credentials"}, {"secret_type": 1, "scope": "media"}]
)
def test_the_simulator_takes_what_the_adapter_derives(clinic: Clinic, options: dict[str, Any]) -> None:
    assert clinic.gateway(**options).directory().locations[0].id == "1"


@pytest.mark.parametrize(("hours", "words"), [(3, "behind"), (-3, "ahead of")])
def test_a_skewed_clock_is_told_as_such(simulate: Simulate, hours: int, words: str) -> None:
    clinic = simulate(clock=lambda: datetime.now(UTC) + timedelta(hours=hours))
    with pytest.raises(GatewayUnavailableError, match=rf"clock is 1\d{{4}} s {words} the MIS's"):
        clinic.gateway().directory()


def test_a_wrong_zone_of_the_secret_is_told_with_the_zone(clinic: Clinic) -> None:
    with pytest.raises(GatewayUnavailableError, match=r"made of \d{14} in Asia/Kamchatka; check clock_zone"):
        clinic.gateway(clock_zone="Asia/Kamchatka").directory()


def test_a_wrong_password_says_what_to_check_and_shows_no_secret(clinic: Clinic) -> None:
    with pytest.raises(GatewayUnavailableError, match="user and password") as caught:
        clinic.gateway(client_secret="wrong-one").directory()
    assert "wrong-one" not in str(caught.value)


def test_a_raw_secret_is_not_blamed_on_a_clock(clinic: Clinic) -> None:
    with pytest.raises(GatewayUnavailableError, match="HTTP 401: check client_id, client_secret"):
        clinic.gateway(secret="raw").directory()


def test_a_booking_without_a_token_has_certainly_not_left(clinic: Clinic) -> None:
    outcome = clinic.gateway(client_secret="wrong-one").ensure_patient(PERSON, location_id="1")
    assert isinstance(outcome, NotSent)
    assert clinic.simulator.messages == []


def test_one_token_serves_many_calls(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    given = clinic.simulator.tokens._given
    before = len(given)
    gateway.directory()
    gateway.free(clinic.window)
    assert len(given) == before + 1


def test_a_token_that_ran_out_early_is_renewed_at_once(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    gateway.directory()
    clinic.fault("token_gone")
    assert gateway.directory().locations[0].id == "1"


def test_a_token_is_renewed_before_it_ends(simulate: Simulate) -> None:
    clinic = simulate(lifetime=20)  # shorter than what is kept in hand: good for one call
    gateway = clinic.gateway()
    for count in (1, 2):
        gateway.changes("")
        assert len(clinic.simulator.tokens._given) >= count


@pytest.mark.parametrize("status", [401, 403, 404, 413, 429])
def test_what_the_door_refuses_has_not_been_seen(canned: Canned, status: int) -> None:
    canned.says["CLIENT_CHECK"] = (status, b"no")
    outcome = canned.gateway().ensure_patient(PERSON, location_id="1")
    assert isinstance(outcome, NotSent)
    assert f"HTTP {status}" in outcome.reason


def test_the_raw_secret_is_sent_where_the_profile_says_so(canned: Canned) -> None:
    canned.tell(GET_FILIAL_LIST=BRANCH, SCHEDULE_CHANGE_LIST="")
    canned.gateway(secret="raw").changes("")
    assert b"client_secret=demo-secret" in canned.forms[0]


def test_the_clinic_s_host_is_told_beside_a_token_too_where_the_profile_has_it(clinic: Clinic) -> None:
    gateway = clinic.gateway(forwarded_host="demo.clinic.example")
    headers = gateway._door.access.headers(5)
    assert headers["X-Forwarded-Host"] == "demo.clinic.example"
    assert headers["Authorization"].startswith("Bearer ")
    assert gateway.changes("").changes == ()


# Mutual TLS.


def _pair(folder: Path, name: str, *, signer: Any = None, is_authority: bool = False) -> tuple[Any, Any]:
    """Write NAME.pem and NAME.key and return (certificate, key); signed by `signer` or by itself.

    Complete by RFC 5280: Python 3.13 believes no chain without the identifiers and the uses of its keys.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = (subject, key) if signer is None else (signer[0].subject, signer[1])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(_uses(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
        .sign(signing, hashes.SHA256())
    )
    (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(secret)
    return made, key


def _uses(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@pytest.fixture
def pems(tmp_path: Path) -> Path:
    authority = _pair(tmp_path, "authority", is_authority=True)
    for name in ("server", "client"):
        _pair(tmp_path, name, signer=authority)
    _pair(tmp_path, "stranger")
    return tmp_path


def _by_certificate(clinic: Clinic, pems: Path, name: str, *, host: str = "demo.clinic.example") -> Any:
    options = {
        "auth": "certificate",
        "certificate": str(pems / f"{name}.pem"),
        "key": str(pems / f"{name}.key"),
        "authorities": str(pems / "authority.pem"),
        "forwarded_host": host,
    }
    return build(url=known(clinic.simulator.url), user="", password="", timeout=5, options=options)


@pytest.fixture
def guarded(simulate: Simulate, pems: Path) -> Clinic:
    identity = Identity(str(pems / "server.pem"), str(pems / "server.key"), str(pems / "authority.pem"))
    return simulate(identity=identity)


def test_a_client_with_its_certificate_is_let_in(guarded: Clinic, pems: Path) -> None:
    gateway = _by_certificate(guarded, pems, "client")
    assert [location.id for location in gateway.directory().locations] == ["1", "2", "3", "4"]
    assert guarded.simulator.refused == []


def test_a_stranger_s_certificate_gets_no_answer(guarded: Clinic, pems: Path) -> None:
    with pytest.raises(GatewayUnavailableError):
        _by_certificate(guarded, pems, "stranger").directory()
    assert guarded.simulator.messages == []


def test_another_clinic_s_host_is_told_as_such(guarded: Clinic, pems: Path) -> None:
    with pytest.raises(GatewayUnavailableError, match="forwarded_host is another clinic's"):
        _by_certificate(guarded, pems, "client", host="other.example").directory()


def test_a_server_that_nobody_vouches_for_is_not_spoken_to(guarded: Clinic, pems: Path) -> None:
    options = {
        "auth": "certificate",
        "certificate": str(pems / "client.pem"),
        "key": str(pems / "client.key"),
    }
    gateway = build(url=known(guarded.simulator.url), user="", password="", timeout=5, options=options)
    assert isinstance(gateway.ensure_patient(PERSON, location_id="1"), NotSent)
    assert guarded.simulator.messages == []

import os
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from feldsher.foundation.vault.errors import VaultError, VaultKeyMissingError
from feldsher.foundation.vault.sealing import blind_index, blind_indexes, open_, seal
from foundation.vault.factories import key_text, vault_keys

ROW = UUID("00000000-0000-4000-8000-000000000017")
CELL = {"table": "patients_patient", "column": "family"}


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> Iterator[Settings]:
    settings.VAULT_KEYS = vault_keys(current="k1", keys=("k1",))
    return settings


texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(texts)
def test_what_is_sealed_opens_in_its_cell(value: str) -> None:
    assert open_(seal(value, **CELL, row=ROW), **CELL, row=ROW) == value


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=4))
def test_sealed_bytes_hold_no_plaintext(value: str) -> None:
    assert value.encode() not in seal(value, **CELL, row=ROW)


def test_the_same_value_never_seals_to_the_same_bytes() -> None:
    sealed = [seal("Вымышленова", **CELL, row=ROW) for _ in range(2_000)]
    assert len(set(sealed)) == 2_000
    assert len({one[4:16] for one in sealed}) == 2_000, "nonces"


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"table": "patients_consent", "column": "family", "row": ROW},
        {"table": "patients_patient", "column": "given", "row": ROW},
        {"table": "patients_patient", "column": "family", "row": uuid4()},
        {"table": "patients_patientf", "column": "amily", "row": ROW},
    ],
)
def test_a_value_moved_to_another_cell_does_not_open(elsewhere: dict[str, str | UUID]) -> None:
    sealed = seal("Вымышленова", **CELL, row=ROW)
    with pytest.raises(VaultError) as caught:
        open_(sealed, **elsewhere)  # type: ignore[arg-type] - one dict for three parameters
    assert caught.value.code == "vault_unreadable"
    assert "Вымышленова" not in str(caught.value)


@given(st.data())
def test_any_altered_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(seal("Вымышленова", **CELL, row=ROW))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VaultError):
        open_(bytes(sealed), **CELL, row=ROW)


def test_any_cut_is_noticed() -> None:
    sealed = seal("Вымышленова", **CELL, row=ROW)
    for length in range(len(sealed)):
        with pytest.raises(VaultError):
            open_(sealed[:length], **CELL, row=ROW)


@given(st.binary(max_size=80))
def test_rubbish_is_a_vault_error(rubbish: bytes) -> None:
    with pytest.raises(VaultError):
        open_(rubbish, **CELL, row=ROW)


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key(keys: Settings) -> None:
    old = seal("до", **CELL, row=ROW)
    keys.VAULT_KEYS = vault_keys(current="k2", keys=("k1", "k2"))
    new = seal("после", **CELL, row=ROW)
    assert (open_(old, **CELL, row=ROW), open_(new, **CELL, row=ROW)) == ("до", "после")
    assert (old[2:4], new[2:4]) == (b"k1", b"k2")


def test_a_value_under_a_removed_key_says_so(keys: Settings) -> None:
    old = seal("до", **CELL, row=ROW)
    keys.VAULT_KEYS = vault_keys(current="k2", keys=("k2",))
    with pytest.raises(VaultKeyMissingError) as caught:
        open_(old, **CELL, row=ROW)
    assert caught.value.code == "vault_key_missing"


def test_another_key_under_the_same_name_opens_nothing(keys: Settings) -> None:
    old = seal("до", **CELL, row=ROW)
    keys.VAULT_KEYS = vault_keys(current="k1", keys=("k1",), bytes_of={"k1": os.urandom(32)})
    with pytest.raises(VaultError) as caught:
        open_(old, **CELL, row=ROW)
    assert caught.value.code == "vault_unreadable"


def test_a_blind_index_depends_on_value_purpose_and_epoch(keys: Settings) -> None:
    first = blind_index("phone", "+79210000017")
    assert len(first) == 32
    assert first == blind_index("phone", "+79210000017")
    assert first != blind_index("phone", "+79210000018")
    assert first != blind_index("family", "+79210000017")
    keys.VAULT_KEYS = vault_keys(current="k1", keys=("k1",), epoch="e2", epochs=("e2",))
    assert first != blind_index("phone", "+79210000017")


def test_rows_of_an_earlier_epoch_are_still_found(keys: Settings) -> None:
    before = blind_index("phone", "+79210000017")
    keys.VAULT_KEYS = vault_keys(current="k1", keys=("k1",), epoch="e2", epochs=("e1", "e2"))
    after = blind_index("phone", "+79210000017")
    assert blind_indexes("phone", "+79210000017") == tuple(sorted((before, after)))


def test_sealing_and_indexing_keys_derived_from_the_secret_differ(keys: Settings) -> None:
    keys.VAULT_KEYS = ""
    sealed = seal("Вымышленова", **CELL, row=ROW)
    index = blind_index("phone", "+79210000017")
    assert open_(sealed, **CELL, row=ROW) == "Вымышленова"
    keys.SECRET_KEY = key_text()
    assert blind_index("phone", "+79210000017") != index
    with pytest.raises(VaultError):
        open_(sealed, **CELL, row=ROW)

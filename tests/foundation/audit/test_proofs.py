import pytest
from django.db import transaction

from feldsher.foundation.audit import proofs, services, tree
from feldsher.foundation.audit.merkle import grew, includes, leaf_hash
from feldsher.foundation.audit.models import AccessEntry, Leaf
from foundation.audit.factories import access

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def roots() -> dict[int, bytes]:
    """Eleven rows that came in two batches; returns the root of each size that there was."""
    seen = {}
    for count in (4, 7):
        for n in range(count):
            with transaction.atomic():
                services.record(access(purpose=f"p{n}"))
        tree.grow()
        head = tree.head()
        seen[head.size] = head.root
    return seen


def test_a_row_is_proved_by_what_a_stranger_can_compute(roots: dict[int, bytes]) -> None:
    for entry in AccessEntry.objects.values_list("id", flat=True):
        proof = proofs.of_entry(entry)
        assert proof is not None
        assert (proof.size, proof.root) == (11, roots[11])
        assert includes(proof.root, 11, proof.index, leaf_hash(proof.row), proof.path)
        assert not includes(proof.root, 11, proof.index, leaf_hash(proof.row + b" "), proof.path)
        assert str(entry) in str(proof.as_json()["row"])


def test_what_has_no_leaf_has_no_proof() -> None:
    with transaction.atomic():
        services.record(access())
    assert proofs.of_entry(AccessEntry.objects.latest("id").id) is None
    assert Leaf.objects.count() == 11


def test_growth_from_one_root_to_the_next_is_proved(roots: dict[int, bytes]) -> None:
    path = proofs.between(4, 11)
    assert grew(roots[4], 4, roots[11], 11, path)
    assert not grew(roots[11], 4, roots[11], 11, path)
    with pytest.raises(IndexError, match="11 leaves, not 12"):
        proofs.between(4, 12)

"""Against the known answers of certificate transparency, and against RFC 6962 written down naively."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.foundation.audit.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    grew,
    includes,
    inclusion_proof,
    leaf_hash,
)

DATA = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_0_IN_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
PROOF_OF_6_IN_8 = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
LEAVES = [leaf_hash(data) for data in DATA]

some_leaves = st.lists(st.binary(min_size=32, max_size=32), max_size=70)


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, §2.1, over hashes of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_that_the_world_knows(size: int) -> None:
    tree = Tree().grown(LEAVES[:size])
    assert (tree.size, tree.root.hex()) == (size, ROOTS[size])


def test_proofs_are_those_that_the_world_knows() -> None:
    assert [each.hex() for each in inclusion_proof(LEAVES, 0)] == PATH_OF_0_IN_8
    assert [each.hex() for each in consistency_proof(LEAVES, 6)] == PROOF_OF_6_IN_8


@given(some_leaves, st.data())
def test_a_tree_that_grows_in_parts_has_the_naive_root(leaves: list[bytes], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaves)))
    tree = Tree().grown(leaves[:cut]).grown(leaves[cut:])
    assert (tree.size, tree.root) == (len(leaves), naive_root(leaves))
    assert Tree(tree.size, tree.peaks) == tree


@given(some_leaves.filter(bool), st.data())
def test_every_leaf_is_proved_and_no_other_is(leaves: list[bytes], data: st.DataObject) -> None:
    size, root = len(leaves), naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)
    assert includes(root, size, index, leaves[index], proof)
    assert not includes(root, size, index, leaf_hash(b"another"), proof)
    assert not includes(leaf_hash(b"another"), size, index, leaves[index], proof)
    assert not includes(root, size, index, leaves[index], [*proof, root])
    assert not includes(root, size, size, leaves[index], proof)
    for n in range(len(proof)):
        assert not includes(root, size, index, leaves[index], [*proof[:n], b"\x00" * 32, *proof[n + 1 :]])
    for n, other in enumerate(leaves):
        if other != leaves[index]:
            assert not includes(root, size, n, leaves[index], proof)


@given(some_leaves, st.data())
def test_growth_is_proved_and_a_changed_past_is_not(leaves: list[bytes], data: st.DataObject) -> None:
    earlier = data.draw(st.integers(0, len(leaves)))
    old, new = naive_root(leaves[:earlier]), naive_root(leaves)
    proof = consistency_proof(leaves, earlier)
    assert grew(old, earlier, new, len(leaves), proof)
    assert not grew(leaf_hash(b"another"), earlier, new, len(leaves), proof)
    assert not grew(old, earlier, leaf_hash(b"another"), len(leaves), proof) or earlier == 0 != len(leaves)
    assert not grew(new, len(leaves) + 1, old, earlier, proof)
    for n in range(len(proof)):
        assert not grew(old, earlier, new, len(leaves), [*proof[:n], b"\x00" * 32, *proof[n + 1 :]])


def test_what_is_not_there_has_no_proof() -> None:
    with pytest.raises(IndexError, match="no leaf 8 among 8"):
        inclusion_proof(LEAVES, 8)
    with pytest.raises(IndexError, match="no earlier tree of 9"):
        consistency_proof(LEAVES, 9)
    assert not grew(EMPTY_ROOT, 0, EMPTY_ROOT, 1, [EMPTY_ROOT])
    with pytest.raises(ValueError, match="has 2 peaks"):
        Tree(3, (EMPTY_ROOT,))

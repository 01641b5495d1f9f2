"""The tree of RFC 6962, §2.1: hashes of leaves, their root, and short proofs about both.

Pure: bytes in, bytes out. A proof of inclusion shows that a leaf is in a tree of a known root; a proof of
consistency shows that a tree only grew from an earlier one. Who checks needs no leaf but the one in question.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """How many leaves, and the roots of the full subtrees that they make, largest first.

    That is all that growth needs: one subtree for each bit of `size`, at most 64.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size.bit_count() != len(self.peaks):
            raise ValueError(f"a tree of {self.size} leaves has {self.size.bit_count()} peaks")

    def grown(self, leaves: Iterable[bytes]) -> "Tree":
        """Return the tree with more leaf hashes at its end."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            peaks.append(leaf)
            size += 1
            for _ in range((size & -size).bit_length() - 1):
                right = peaks.pop()
                peaks[-1] = node_hash(peaks[-1], right)
        return Tree(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return PATH(index, leaves): siblings from the leaf up; IndexError where there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), _root(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), _root(leaves[:split])]


def includes(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof leads from the leaf to the root (RFC 9162, §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """Return PROOF(earlier, leaves): that the tree of all leaves grew from the first `earlier` of them."""
    if not 0 <= earlier <= len(leaves):
        raise IndexError(f"no earlier tree of {earlier} leaves among {len(leaves)}")
    return _subproof(leaves, earlier, whole=True) if earlier else []


def _subproof(leaves: Sequence[bytes], earlier: int, *, whole: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if whole else [_root(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        return [*_subproof(leaves[:split], earlier, whole=whole), _root(leaves[split:])]
    return [*_subproof(leaves[split:], earlier - split, whole=False), _root(leaves[:split])]


def grew(old: bytes, old_size: int, new: bytes, new_size: int, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the new tree begins with the old one (RFC 9162, §2.1.4.2)."""
    if old_size == new_size:
        return not proof and old == new
    if old_size == 0:
        return not proof and old == EMPTY_ROOT
    if not 0 < old_size < new_size:
        return False
    path = list(proof) if old_size & (old_size - 1) else [old, *proof]
    if not path:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old and second == new


def _root(leaves: Sequence[bytes]) -> bytes:
    return Tree().grown(leaves).root


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)

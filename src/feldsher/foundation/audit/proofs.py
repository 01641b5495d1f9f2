"""What shows a stranger that one row stood in the journal, without showing them any other."""

import base64
from dataclasses import dataclass

from feldsher.foundation.audit.leaves import canonical
from feldsher.foundation.audit.merkle import Tree, consistency_proof, inclusion_proof
from feldsher.foundation.audit.models import Leaf
from feldsher.foundation.audit.tree import rows_at


@dataclass(frozen=True, slots=True)
class Proof:
    """That `row` stands at `index` in the tree of `size` leaves with this root (RFC 6962, §2.1.1)."""

    row: bytes
    index: int
    size: int
    root: bytes
    path: tuple[bytes, ...]

    def as_json(self) -> dict[str, object]:
        """Return the proof for a file: the row as its canonical text, hashes as base64."""
        return {
            "row": self.row.decode("ascii"),
            "index": self.index,
            "size": self.size,
            "root": base64.b64encode(self.root).decode(),
            "path": [base64.b64encode(each).decode() for each in self.path],
        }


def of_entry(entry: int) -> Proof | None:
    """Return the proof of a row in the tree of now; None for a row that has no leaf or is gone."""
    leaf = Leaf.objects.filter(entry=entry).first()
    rows = rows_at([(leaf.entry, leaf.at)]) if leaf else []
    if leaf is None or not rows:
        return None
    hashes = [bytes(value) for value in Leaf.objects.order_by("index").values_list("hash", flat=True)]
    root = Tree().grown(hashes).root
    path = tuple(inclusion_proof(hashes, leaf.index))
    return Proof(row=canonical(rows[0]), index=leaf.index, size=len(hashes), root=root, path=path)


def between(earlier: int, later: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `later` leaves began with that of `earlier`; else IndexError."""
    hashes = [
        bytes(value)
        for value in Leaf.objects.filter(index__lt=later).order_by("index").values_list("hash", flat=True)
    ]
    if len(hashes) != later:
        raise IndexError(f"the tree has {len(hashes)} leaves, not {later}")
    return tuple(consistency_proof(hashes, earlier))

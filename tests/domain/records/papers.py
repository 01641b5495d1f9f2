"""A module that brings papers, for whoever tests what the cabinet shows of them; all of it is invented."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from feldsher.domain.records import gateways
from feldsher.domain.records.types import Paper, PaperKind
from feldsher.foundation.access.context import current


@dataclass
class Module:
    """Papers by patient; it keeps whose rows were in reach each time that it was asked, and for what."""

    papers: Mapping[UUID, Sequence[Paper]]
    asked: list[tuple[UUID, tuple[UUID, ...], str]] = field(default_factory=list)

    def __call__(self, patient: UUID, *, most: int) -> Sequence[Paper]:  # noqa: ARG002 - one that keeps to no limit
        context = current()
        self.asked.append((patient, tuple(context.reach.patients), context.relation))
        return self.papers.get(patient, ())


@contextmanager
def brought(sources: Mapping[PaperKind, Module]) -> Iterator[None]:
    """Let modules bring papers within the block."""
    gateways.bind(sources)
    try:
        yield
    finally:
        gateways.bind({})

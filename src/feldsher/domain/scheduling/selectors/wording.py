"""What a message about a visit may not hold, by the directory."""

from feldsher.domain.directory import selectors as directory
from feldsher.foundation.messaging import wording
from feldsher.foundation.messaging.types import Kind, TellingName


def names_not_to_tell() -> tuple[TellingName, ...]:
    """Return the names of doctors, specialties and services."""
    return tuple(TellingName(what, name) for what, name in directory.telling_names())


def text_faults(kind: Kind, text: str) -> str:
    """Return what is wrong with a text as sentences, nothing where it may be sent."""
    return " ".join(wording.faults(kind, text.strip(), names=names_not_to_tell()))

"""What a table holds, said once on the model.

152-ФЗ and 323-ФЗ ask different things of different data; protection follows from this mark, and a
model without one fails the build (tests/architecture).
"""

from enum import StrEnum


class DataClass(StrEnum):
    """Class of data in a table: the strictest of its columns decides."""

    PUBLIC = "public"
    PERSONAL = "personal"
    MEDICAL = "medical"
    SECRET = "secret"  # noqa: S105 - the name of a class of data, not a password

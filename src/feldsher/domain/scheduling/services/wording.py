"""What messages about visits say, in the clinic's own words: never what a visit is about, or at whom."""

from django.db import transaction

from feldsher.domain.scheduling.selectors.wording import names_not_to_tell
from feldsher.foundation.access.policies import Action, require
from feldsher.foundation.access.types import Staff
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging.types import Kind


def change_text(kind: Kind, *, text: str, staff: Staff) -> None:
    """Say what messages of a kind say from now on.

    Raises ForbiddenError, NotFoundError for a kind whose text is fixed, InvalidInputError with what is wrong
    with the text (`text`).
    """
    require(staff, Action.EDIT_MESSAGES)
    with transaction.atomic():
        messaging.write_text(kind, text=text, names=names_not_to_tell(), author=staff.login)


def return_usual_text(kind: Kind, *, staff: Staff) -> None:
    """Say the usual text again; raises ForbiddenError, NotFoundError as `change_text`."""
    require(staff, Action.EDIT_MESSAGES)
    with transaction.atomic():
        messaging.return_usual_text(kind, author=staff.login)

"""Staff as the editor of pages knows people: a row of the user model, without what opens doors."""

from django.db.models import QuerySet

from feldsher.foundation.access.models import PageEditor
from feldsher.foundation.access.staff_rows import STAFF
from feldsher.foundation.access.types import Staff


@STAFF.reach()
def page_editor(staff: Staff) -> PageEditor:
    """Return the person as the user of a request to the editor of pages; the gate has let them in."""
    found: QuerySet[PageEditor] = QuerySet(PageEditor)
    STAFF.require()
    return found.get(pk=staff.id)

"""What needs a person now, the nearest deadline first."""

from django.http import HttpRequest, HttpResponse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff


@staff_page(Action.ENTER)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    return page(request, staff, "home.html", {})

"""What Wagtail asks of us by this name: its menu holds what an editor of ours has, and nothing else."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.api.views import PagesAdminAPIViewSet

_KEPT = frozenset({"explorer", "images"})


@hooks.register("construct_main_menu")
def leave_pages_and_images(_request: HttpRequest, items: list[Any]) -> None:
    items[:] = [item for item in items if item.name in _KEPT]


@hooks.register("construct_admin_api")
def name_documents(router: Any) -> None:
    """Give its scripts the address of documents, which they are told at every page: there are none (404)."""
    router.register_endpoint("documents", PagesAdminAPIViewSet)

"""Addresses of the editor of pages: Wagtail's own names, so that they stand in no namespace of ours."""

from wagtail.admin.urls import urlpatterns as of_wagtail

from feldsher.channels.desk.editorial import doors

urlpatterns = doors(of_wagtail)

"""Views of the site; conf/urls.py names the four handlers of errors from here."""

from feldsher.channels.site.views.errors import bad_request, forbidden, not_found, server_error

__all__ = ["bad_request", "forbidden", "not_found", "server_error"]

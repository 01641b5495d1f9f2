"""`/metrics`: behind a bearer token of the settings; without one set there is no such address.

No network is trusted instead: behind a proxy of this machine everybody comes from the loopback.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from feldsher.channels.frontend.answers import private
from feldsher.channels.metrics.families import Families


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Answer with every metric in the text format of Prometheus; 401 without the token."""
    token: str = settings.FELDSHER_METRICS_TOKEN
    if not token:
        raise Http404
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(given.strip(), token):
        refused = HttpResponse("a bearer token is needed\n", status=401, content_type="text/plain")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return private(refused)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families())
    return private(HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST))

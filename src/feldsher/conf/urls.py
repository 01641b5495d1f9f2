"""All doors of the product."""

from django.urls import include, path

urlpatterns = [
    path("api/v1/", include("feldsher.channels.api.urls")),
    path("delivery/", include("feldsher.channels.delivery.urls")),
    path("desk/editorial/", include("feldsher.channels.desk.editorial_urls")),
    path("desk/", include("feldsher.channels.desk.urls")),
    path("exchange/", include("feldsher.channels.exchange.urls")),
    path("feeds/", include("feldsher.channels.feeds.urls")),
    path("lk/", include("feldsher.channels.cabinet.urls")),
    path("metrics", include("feldsher.channels.metrics.urls")),
    path("", include("feldsher.channels.site.urls")),
]

handler400 = "feldsher.channels.site.views.bad_request"
handler403 = "feldsher.channels.site.views.forbidden"
handler404 = "feldsher.channels.site.views.not_found"
handler500 = "feldsher.channels.site.views.server_error"

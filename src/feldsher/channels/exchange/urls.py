"""The address for accounting systems."""

from django.urls import path

from feldsher.channels.exchange.door import exchange

urlpatterns = [path("1c/", exchange, name="exchange")]

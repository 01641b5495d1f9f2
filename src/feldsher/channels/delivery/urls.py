"""The addresses that are called to tell: by devices, and by providers of SMS, one by the name of each."""

from django.urls import path

from feldsher.channels.delivery.views import delivery_report, shown

urlpatterns = [
    path("shown/", shown, name="push-shown"),
    path("<str:provider>/", delivery_report, name="delivery-report"),
]

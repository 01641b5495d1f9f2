"""The addresses that providers of SMS call, one by the name of each."""

from django.urls import path

from feldsher.channels.delivery.views import delivery_report

urlpatterns = [path("<str:provider>/", delivery_report, name="delivery-report")]

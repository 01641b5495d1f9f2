from django.urls import path

from feldsher.channels.metrics import views

app_name = "metrics"
urlpatterns = [path("", views.show, name="metrics")]

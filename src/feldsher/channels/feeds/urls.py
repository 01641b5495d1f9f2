"""Addresses of the feeds; with a path of the settings they stand behind it and nowhere else."""

from django.urls import path

from feldsher.channels.feeds import views

app_name = "feeds"
urlpatterns = [
    path("<str:name>", views.show, name="feed"),
    path("<str:key>/<str:name>", views.show, name="feed-by-path"),
]

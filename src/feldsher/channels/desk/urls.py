"""Addresses of the desk. Every view but those of signing in and out stands behind `staff_page`."""

from django.urls import path

from feldsher.channels.desk.views import home, session

app_name = "desk"

urlpatterns = [
    path("", home.show, name="home"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
]

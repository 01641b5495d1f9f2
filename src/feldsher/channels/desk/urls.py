"""Addresses of the desk. Every view but those of signing in and out stands behind `staff_page`."""

from django.urls import path

from feldsher.channels.desk.views import home, rules, session, stops, why

app_name = "desk"

urlpatterns = [
    path("", home.show, name="home"),
    path("rules/", rules.show, name="rules"),
    path("rules/choose/", rules.choose, name="rule-choose"),
    path("rules/rule/", rules.edit, name="rule"),
    path("rules/remove/", rules.remove, name="rule-remove"),
    path("stops/", stops.show, name="stops"),
    path("stops/everything/", stops.everything, name="stop-everything"),
    path("stops/<uuid:stop_id>/resume/", stops.resume, name="stop-resume"),
    path("why/", why.show, name="why"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
]

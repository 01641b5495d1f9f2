"""Addresses of the site. None carries personal data; the token of a visit leaves the address at once."""

from django.urls import path

from feldsher.channels.site.views import (
    booking,
    call,
    doctors,
    find,
    gallery,
    look,
    offline,
    proof,
    texts,
    visit,
    waiting,
)

app_name = "site"

urlpatterns = [
    path("", find.home, name="home"),
    path("doctors/", doctors.doctors, name="doctors"),
    path("doctors/<uuid:doctor_id>/", find.doctor, name="doctor"),
    path("doctors/<uuid:doctor_id>/times/", find.doctor_times, name="doctor-times"),
    path("services/", find.services, name="services"),
    path("visit/<uuid:visit_id>/not-mine/", visit.not_mine, name="visit-not-mine"),
    path("holds/", booking.take, name="holds"),
    path("booking/<uuid:hold_id>/", booking.form, name="booking"),
    path("booking/<uuid:hold_id>/code/", proof.resend, name="booking-code"),
    path("booking/<uuid:hold_id>/release/", booking.release, name="release"),
    path("remembered/forget/", booking.forget, name="forget"),
    path("visit/<uuid:visit_id>/", visit.show, name="visit"),
    path("visit/<uuid:visit_id>/state/", visit.state, name="visit-state"),
    path("visit/<uuid:visit_id>/cancel/", visit.cancel, name="visit-cancel"),
    path("visit/<uuid:visit_id>/coming/", visit.coming, name="visit-coming"),
    path("visit/<uuid:visit_id>/move/", visit.move, name="visit-move"),
    path("visit/<uuid:visit_id>/sooner/", waiting.begin, name="sooner"),
    path("visit/<uuid:visit_id>/sooner/stop/", waiting.stop, name="sooner-stop"),
    path("visit/<uuid:visit_id>/sooner/accept/", waiting.accept, name="sooner-accept"),
    path("visit/<uuid:visit_id>/sooner/decline/", waiting.decline, name="sooner-decline"),
    path("visit/<uuid:visit_id>/remember/", visit.remember, name="visit-remember"),
    path("visit/<uuid:visit_id>/opened/", visit.opened, name="visit-opened"),
    path("visit/<uuid:visit_id>/calendar.ics", visit.calendar, name="visit-calendar"),
    path("visit/<uuid:visit_id>/<str:token>/", visit.enter, name="visit-enter"),
    path("call/", call.ask, name="call"),
    path("call/<str:promised>/", call.asked, name="call-asked"),
    path("policy/", texts.policy, name="policy"),
    path("consent/", texts.consent, name="consent"),
    path("look/", look.show, name="look"),
    path("look/<int:degrees>.css", look.hue, name="hue"),
    path("logo/<str:name>", look.logo, name="logo"),
    path("components/", gallery.show, name="components"),
    path("sw.js", offline.worker, name="worker"),
    path("site.webmanifest", offline.manifest, name="manifest"),
    path("healthz", texts.healthz, name="healthz"),
]

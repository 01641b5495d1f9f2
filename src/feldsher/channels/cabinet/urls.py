"""Addresses of the cabinet. None carries personal data: a visit and a session are named by their ids."""

from django.urls import path

from feldsher.channels.cabinet.views import (
    consents,
    devices,
    family,
    home,
    messages,
    opened,
    papers,
    session,
    visits,
    waiting,
)
from feldsher.channels.frontend.modules import close_without
from feldsher.foundation.modules import BOOKING

app_name = "cabinet"

urlpatterns = [
    path("", home.show, name="cabinet"),
    path("code/", session.ask_code, name="code"),
    path("enter/", session.enter, name="enter"),
    path("passkey/", session.enter_by_passkey, name="passkey"),
    path("leave/", session.leave, name="leave"),
    path("visits/<uuid:visit_id>/cancel/", visits.cancel, name="cancel-own"),
    path("visits/<uuid:visit_id>/move/", visits.move, name="move-own"),
    path("visits/<uuid:visit_id>/again/", visits.again, name="again"),
    path("visits/<uuid:visit_id>/sooner/", waiting.sooner, name="sooner-own"),
    path("mark/", home.mark, name="mark"),
    path("opened/", opened.show, name="opened"),
    path("visits/<uuid:visit_id>/not-mine/", messages.not_mine, name="not-mine"),
    path("papers/", papers.show, name="papers"),
    path("consents/", consents.show, name="consents"),
    path("consents/<uuid:consent_id>/withdraw/", consents.withdraw, name="withdraw"),
    path("messages/", messages.show, name="messages"),
    path("messages/mine/", messages.mine, name="mine"),
    path("messages/devices/", messages.add_push, name="add-push"),
    path("messages/devices/<uuid:device_id>/end/", messages.end_push, name="end-push"),
    path("family/", family.show, name="family"),
    path("family/<uuid:grant_id>/end/", family.end, name="end-access"),
    path("devices/", devices.show, name="devices"),
    path("devices/passkeys/", devices.add_passkey, name="add-passkey"),
    path("devices/passkeys/<uuid:passkey_id>/remove/", devices.remove_passkey, name="remove-passkey"),
    path("devices/<uuid:session_id>/end/", devices.end, name="end-device"),
]
close_without(BOOKING, urlpatterns, ("",))

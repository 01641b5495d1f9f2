"""Addresses of the desk.

Every view but those of signing in, out and unlocking stands behind `staff_page` or `own_page`.
"""

from django.urls import path

from feldsher.channels.desk.views import (
    calls,
    day,
    directory,
    home,
    journal,
    lock,
    me,
    rules,
    session,
    site,
    stops,
    sync,
    visits,
    why,
)

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
    path("day/", day.show, name="day"),
    path("why/", why.show, name="why"),
    path("calls/<uuid:call_id>/", calls.show, name="call"),
    path("calls/<uuid:call_id>/take/", calls.take, name="call-take"),
    path("calls/<uuid:call_id>/done/", calls.finish, name="call-done"),
    path("visits/<uuid:visit_id>/", visits.show, name="visit"),
    path("visits/<uuid:visit_id>/check/", visits.check, name="visit-check"),
    path("visits/<uuid:visit_id>/<str:said>/", visits.verdict, name="visit-verdict"),
    path("sync/", sync.show, name="sync"),
    path("directory/", directory.start, name="directory"),
    path("directory/missing/", directory.missing, name="missing"),
    path("directory/<str:slug>/", directory.records, name="records"),
    path("directory/<str:slug>/<uuid:target>/", directory.record, name="record"),
    path("journal/", journal.show, name="journal"),
    path("journal/check/", journal.check, name="journal-check"),
    path("journal/export/", journal.export, name="journal-export"),
    path("site/", site.show, name="site"),
    path("site/colours.css", site.preview, name="site-colours"),
    path("me/", me.show, name="me"),
    path("me/prove/", me.prove, name="me-prove"),
    path("me/password/", me.password, name="me-password"),
    path("me/app/", me.app, name="me-app"),
    path("me/app/remove/", me.remove_app, name="me-app-remove"),
    path("me/passkeys/", me.add_passkey, name="me-passkeys"),
    path("me/passkeys/<uuid:passkey>/remove/", me.remove_passkey, name="me-passkey-remove"),
    path("me/codes/", me.codes, name="me-codes"),
    path("me/pin/", me.pin, name="me-pin"),
    path("me/pin/remove/", me.remove_pin, name="me-pin-remove"),
    path("me/sessions/others/", me.end_others, name="me-sessions-others"),
    path("me/sessions/<uuid:session>/end/", me.end_session, name="me-session-end"),
    path("lock/", lock.state, name="lock"),
    path("lock/open/", lock.unlock, name="unlock"),
    path("lock/passkey/", lock.unlock_passkey, name="unlock-passkey"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-in/second/", session.second, name="second"),
    path("sign-in/passkey/", session.second_passkey, name="second-passkey"),
    path("sign-out/", session.sign_out, name="sign-out"),
]

"""Chromium's virtual authenticator: a passkey's device that checks its person and needs no finger."""

from playwright.sync_api import CDPSession, Page


def authenticator(page: Page) -> tuple[CDPSession, str]:
    """Put one into the page's browser; returns its session and its handle."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, made["authenticatorId"]

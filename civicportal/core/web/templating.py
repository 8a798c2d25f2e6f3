"""What every template may use."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, request, url_for

from civicportal.core import i18n
from civicportal.core.clock import now
from civicportal.core.directions import isolated
from civicportal.core.permissions import Permission
from civicportal.core.web.access import current_actor
from civicportal.core.web.locale import alternate_urls


def init_templating(app: Flask) -> None:
    """Register globals and filters."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.finalize = isolated  # what is printed; form values that are sent again pass `e` and stay as they are
    app.jinja_env.globals.update(
        alternate_urls=alternate_urls, current_locale=i18n.current_locale, static_url=static_url,
        main_navigation=main_navigation, account_navigation=account_navigation, footer_navigation=footer_navigation,
        session_seconds_left=session_seconds_left,
    )
    app.jinja_env.filters.update(
        long_date=i18n.long_date, moment=i18n.moment_text, iso=i18n.iso, number=i18n.number_text,
        utc_stamp=i18n.utc_stamp,
    )

    @app.context_processor
    def context() -> dict[str, object]:
        settings = current_app.config["SETTINGS"]
        in_page = i18n.in_request()
        return {
            "actor": current_actor() if in_page else None,
            "portal_name": settings.portal_name(i18n.current_locale()),
            "portal_url": settings.portal_url, "Permission": Permission, "development": not settings.production,
            "provider_title": settings.oidc_title(i18n.current_locale()) if settings.oidc_issuer else "",
            "second_factor_on": settings.second_factor == "on",
        }


def static_url(filename: str) -> str:
    """Address of a static file with a hash of its content, so that it can be cached for good."""
    folder = Path(str(current_app.static_folder))
    return url_for("static", filename=filename, v=_fingerprint(folder / filename))


@lru_cache(maxsize=512)
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"


def session_seconds_left() -> int | None:
    """Seconds until the sign-in ends unless something is done; None when nobody is signed in."""
    ends = g.get("session_ends_at")
    return max(0, int((ends - now()).total_seconds())) if ends else None


def main_navigation() -> list[tuple[str, str, bool]]:
    """Items of the main menu: (address, title, whether this page belongs to it)."""
    _ = i18n._
    actor = current_actor()
    items = [
        ("petitions.file_what", _("File a petition")),
        ("petitions.listing", _("Petitions")),
        ("forum.listing", _("Forum")),
        ("voting.listing", _("Votes")),
        ("committee.listing", _("Committees")),
        ("institutions.listing", _("Institutions")),
    ]
    if actor:
        items.append(("petitions.my", _("My matters")))
    if actor and actor.is_staff:
        items.append(("petitions.desk", _("Desk")))
    if actor and (actor.can(Permission.TASK_REVIEW) or actor.can(Permission.TASK_SUPPORT)):
        items.append(("forum.reviews", _("Review")))
    if actor and actor.is_operator:
        items.append(("petitions.triage", _("Triage")))
        items.append(("petitions.checks", _("Publication")))
        items.append(("notifications.delivery", _("Delivery")))
        items.append(("switches.listing", _("Switches")))
        items.append(("retention.listing", _("Retention")))
        items.append(("deadlines.edit", _("Calendar")))
    if actor and actor.can(Permission.GRANT_EDIT):
        items.append(("accounts.portal_people", _("People")))
    if actor and actor.can(Permission.VOTE_RUN):
        items.append(("voting.run", _("Run votes")))
    return [(url_for(endpoint), title, request.endpoint == endpoint) for endpoint, title in items]


def account_navigation() -> list[tuple[str, str, bool]]:
    """Items about the person's account, or the way to sign in."""
    _ = i18n._
    if current_actor():
        items = [("notifications.listing", _("Notices")), ("accounts.overview", _("Account"))]
    else:
        items = [("accounts.sign_in", _("Sign in"))]
    return [(url_for(endpoint), title, request.endpoint == endpoint) for endpoint, title in items]


def footer_navigation() -> list[tuple[str, str, bool]]:
    """Items at the foot of every page."""
    _ = i18n._
    items = [
        ("pages.help", _("Help")), ("pages.accessibility", _("Accessibility")), ("pages.privacy", _("Privacy")),
        ("petitions.rules", _("Publication rules")), ("petitions.register", _("Removals")),
        ("deadlines.calendar", _("Closed days")),
    ]
    links = [(url_for(endpoint), title, request.endpoint == endpoint) for endpoint, title in items]
    source = current_app.config["SETTINGS"].source_url
    return [*links, (source, _("Source code (AGPL)"), False)] if source else links

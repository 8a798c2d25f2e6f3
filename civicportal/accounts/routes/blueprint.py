"""The blueprint of accounts, and how a request becomes a signed-in person."""

from flask import Blueprint, Response, flash, g, make_response, redirect, request, session, url_for
from flask_login import UserMixin, current_user

from civicportal.accounts import services
from civicportal.accounts.browsers import browser_label
from civicportal.accounts.models import AccountSession, Person
from civicportal.accounts.queries import SignedIn, get_person, idle_time, session_row, signed_in
from civicportal.core.clock import now
from civicportal.core.errors import NotFound
from civicportal.core.permissions import Actor
from civicportal.core.web.access import open_session, require_actor, traceless
from civicportal.core.web.headers import seal
from civicportal.extensions import login_manager

SEEN_SECONDS = 60
blueprint = Blueprint("accounts", __name__)
ASKED = "openid"  # what the session calls the questions to an OpenID provider that this browser has asked
login_manager.session_protection = None  # a sign-in is a row that can be ended; phones change networks all day


class Visitor(UserMixin):
    """Who is signed in in this request, as Flask-Login wants to have it.

    `actor` is None, and the visitor a stranger to every page but those of the second factor, as long as that is to be
    shown.
    """

    def __init__(self, found: SignedIn) -> None:
        self.id = found.key
        self.person_id = found.actor.person_id
        self.halfway = found.halfway
        self.actor = None if found.halfway else found.actor
        self.verified_at = found.verified_at
        self.session_id = found.session_id
        self.expires_at = found.expires_at


@login_manager.user_loader
def load_visitor(key: str) -> Visitor | None:
    """The visitor whose cookie holds `key`; None when that sign-in has ended."""
    found = signed_in(key)
    if found is None or found.halfway:
        return None if found is None else Visitor(found)
    g.session_ends_at = found.fresh_until
    if (now() - found.last_seen_at).total_seconds() >= SEEN_SECONDS and not traceless():
        g.session_to_keep = found.session_id
        g.session_ends_at = min(now() + idle_time(), found.expires_at)
    return Visitor(found)


@blueprint.after_app_request
def keep_seen(response: Response) -> Response:
    """Note, at most once a minute, that the browser was seen; after the page is made, as it starts a transaction."""
    session_id = g.pop("session_to_keep", None)
    if session_id is not None:
        services.keep_session(session_id)
    return response


def current_person() -> Person:
    """The signed-in person's row."""
    person = get_person(require_actor().person_id or 0)
    if person is None:
        raise NotFound
    return person


def enter(row: AccountSession) -> None:
    """Sign this browser in; the sign-in it had before ends (ASVS 7.2.4)."""
    if current_user.is_authenticated:
        services.end_session(Actor(current_user.person_id), current_user.session_id)
    open_session(row.key)


def enter_again() -> None:
    """A new token for this browser, which has just shown the second factor (ASVS 7.2.4).

    What it has asked an OpenID provider meanwhile is still its own.
    """
    asked = session.get(ASKED)
    open_session(services.renew_session(session_row(current_user.session_id)).key)
    if asked:
        session[ASKED] = asked


def welcome(person: Person, message: str) -> Response:
    """Sign in here the person who came by a mailed link, say so, and lead on to the account."""
    enter(services.sign_in_session(person, browser_label(request.user_agent.string)))
    flash(message, "success")
    return seal(make_response(redirect(url_for("accounts.overview"), 303)))

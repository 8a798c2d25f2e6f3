"""Every view says who may open it: `@public` or `@requires(Permission.X)`. A test refuses one that says neither."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, g, request, session
from flask_login import current_user

from civicportal.core.clock import now
from civicportal.core.errors import DomainError, Forbidden
from civicportal.core.i18n import lazy
from civicportal.core.permissions import Actor, Permission

View = TypeVar("View", bound=Callable[..., Any])


class SignInNeeded(DomainError):
    """Nobody is signed in; the page asks for it and brings back what was typed."""

    status = 401


class StepUpNeeded(SignInNeeded):
    """Somebody is signed in, but has not shown the second factor lately; the page asks for it."""


def current_actor() -> Actor | None:
    """Who is signed in, or None. Without a session cookie the session is not even looked at.

    Somebody who has yet to pass the second factor is nobody: what the portal shows then is what strangers see.
    """
    if "actor" not in g:
        known = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
        g.actor = current_user.actor if known and current_user.is_authenticated else None
    return cast("Actor | None", g.actor)


def forget_actor() -> None:
    """Look again who is signed in: called after signing in or out."""
    for name in ("actor", "_login_user", "session_ends_at", "session_to_keep"):
        g.pop(name, None)


def open_session(key: str) -> None:
    """Sign this browser in with the key of a sign-in. Nothing of the former session goes on, not even its token."""
    close_session()
    session["_user_id"] = key


def close_session() -> None:
    """Forget everything the browser's session holds."""
    session.clear()
    g.pop("csrf_token", None)
    forget_actor()


def as_stranger() -> None:
    """Do not look who is signed in: the page needs no database, and is the same for everybody."""
    g.actor = None


def leave_no_trace() -> None:
    """Do not note that this browser was seen now: what else the request writes could be matched with the time.

    The sign-in runs out as if the request had not been. Called before or after anybody asked who is signed in.
    """
    g.traceless = True
    forget_actor()


def traceless() -> bool:
    """Whether this request is to leave no trace."""
    return bool(g.get("traceless"))


def public(view: View) -> View:
    """Mark a view that anyone may open."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view for signed-in people who hold `permission` somewhere; objects are checked by their policies."""

    def mark(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if actor is None:
                raise SignInNeeded(lazy("Please sign in to go on."))
            if not actor.can(permission):
                raise Forbidden(lazy("This page is for people with another role."))
            return view(*args, **kwargs)

        checked.access = permission  # type: ignore[attr-defined]
        return cast(View, checked)

    return mark


def step_up(view: View) -> View:
    """Mark a view, under `requires`, that wants a second factor not older than the setting `step_up_minutes`."""

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        require_step_up()
        return view(*args, **kwargs)

    checked.step_up = True  # type: ignore[attr-defined]
    return cast(View, checked)


def require_step_up() -> None:
    """Raises StepUpNeeded when the second factor was not shown within the last `step_up_minutes`."""
    settings = current_app.config["SETTINGS"]
    since = now() - timedelta(minutes=settings.step_up_minutes)
    passed_at = current_user.verified_at if current_actor() else None
    if settings.second_factor == "on" and (passed_at is None or passed_at < since):
        raise StepUpNeeded(lazy("Please show once more that it is you."))


def require_actor() -> Actor:
    """The signed-in actor. Raises SignInNeeded when there is none."""
    actor = current_actor()
    if actor is None:
        raise SignInNeeded(lazy("Please sign in to go on."))
    return actor

"""Limits on tries, per network, per address typed and per account, on forms that send mail or check a secret."""

import hashlib
from collections.abc import Callable
from typing import Any

from flask import current_app, request

from civicportal.core.web.access import current_actor
from civicportal.core.web.forms import tidy
from civicportal.core.web.proxies import network_of
from civicportal.extensions import limiter


def _network() -> str:
    return f"network:{network_of(request.remote_addr or '')}"


def _typed() -> str:
    """The address as the form will read it."""
    return str(tidy(request.form.get("address", "")))


def _address() -> str:
    mailbox = _spelling()(_typed())
    return "address:" + hashlib.sha256(mailbox.encode()).hexdigest()[:32]


def _spelling() -> Callable[[str], str]:
    """How to write an address so that all spellings of one mailbox count as one; accounts knows the rules."""
    return current_app.extensions.get("mailbox_spelling", str.casefold)


def _account() -> str:
    actor = current_actor()
    return f"account:{actor.person_id if actor else 0}"


def throttled(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator for a view whose POST sends mail or checks a secret. Over a limit: 429, nothing typed is lost.

    The limit on an address counts forms with a field `address`; the one on an account counts signed-in people.
    """
    for name, key, exempt in (
        ("limit_network", _network, None),
        ("limit_address", _address, lambda: not _typed()),
        ("limit_account", _account, lambda: current_actor() is None),
    ):
        view = limiter.limit(
            _value(name), key_func=key, methods=["POST"], error_message="limit", exempt_when=exempt)(view)
    return view


def throttled_by_network(view: Callable[..., Any]) -> Callable[..., Any]:
    """The first of these limits alone, for a view that does not ask who is signed in."""
    return limiter.limit(_value("limit_network"), key_func=_network, methods=["POST"], error_message="limit")(view)


def limited_by_network(name: str, per: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: at most as many POSTs from one network in a period (`hour`, `day`) as the setting `name` says."""
    return limiter.limit(
        lambda: f"{_value(name)()} per {per}", key_func=_network, methods=["POST"], error_message="limit")


def _value(name: str) -> Callable[[], str]:
    return lambda: str(getattr(current_app.config["SETTINGS"], name))

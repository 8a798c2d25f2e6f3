"""Pages of accounts: registering, signing in and out, one's own account. `blueprint` holds them all."""

from civicportal.accounts.routes import (
    account,
    deletion,
    identity,
    openid,
    passkeys,
    recovery,
    registering,
    second_factor,
    sessions,
    signing_in,
    staff,
)
from civicportal.accounts.routes.blueprint import blueprint

__all__ = [
    "account", "blueprint", "deletion", "identity", "openid", "passkeys", "recovery", "registering", "second_factor",
    "sessions", "signing_in", "staff",
]

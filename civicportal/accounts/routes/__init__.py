"""Pages of accounts: registering, signing in and out, one's own account. `blueprint` holds them all."""

from civicportal.accounts.routes import account, deletion, identity, recovery, registering, sessions, signing_in
from civicportal.accounts.routes.blueprint import blueprint

__all__ = ["account", "blueprint", "deletion", "identity", "recovery", "registering", "sessions", "signing_in"]

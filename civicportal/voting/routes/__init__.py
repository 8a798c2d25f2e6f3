"""Pages of votes: the list, a vote with its ballot, receipts, checks, the public log, and what operators do."""

from civicportal.voting import models  # noqa: F401 - the tables must be known
from civicportal.voting.routes import casting, checking, listing, log, receipts, ruling, running, show
from civicportal.voting.routes.blueprint import blueprint

__all__ = ["blueprint", "casting", "checking", "listing", "log", "receipts", "ruling", "running", "show"]

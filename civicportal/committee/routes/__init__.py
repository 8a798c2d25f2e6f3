"""Pages of committees: who sits, the queue, one item, deciding it, and what the support unit keeps."""

from civicportal.committee.routes import bodies, deciding, item, support
from civicportal.committee.routes.blueprint import blueprint

__all__ = ["blueprint", "bodies", "deciding", "item", "support"]

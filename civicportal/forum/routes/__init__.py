"""Pages of the forum: reading, proposing, arguing, review, the support unit. `blueprint` holds them all."""

from civicportal.forum.routes import arguments, listing, propose, reviews, rules, support, task
from civicportal.forum.routes.blueprint import blueprint

__all__ = ["arguments", "blueprint", "listing", "propose", "reviews", "rules", "support", "task"]

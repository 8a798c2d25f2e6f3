"""What the forum is for, its rules, and how to take part."""

from flask import render_template

from civicportal.accounts.queries import holders
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.permissions import Role
from civicportal.core.web.access import public
from civicportal.forum.routes.blueprint import blueprint
from civicportal.forum.states import Criterion
from civicportal.voting.queries.thresholds import policy_in_force
from civicportal.voting.wording import threshold_text

SCOPE = "forum"


@blueprint.get("/forum/mandate")
@public
def about() -> str:
    """What the forum does and does not decide, and who does what."""
    return render_template("forum/mandate.html", reviewers=_names(Role.REVIEWER), supporters=_names(Role.SUPPORT))


def _names(role: Role) -> list[str]:
    return [person.name for person in holders(role) if person.name]


@blueprint.get("/forum/rules")
@public
def rules() -> str:
    """Criteria, steps with their time, the threshold in force, rules for texts and arguments."""
    policy = policy_in_force(SCOPE, now())
    return render_template(
        "forum/rules.html", criteria=Criterion, limits=settings(), policy=policy,
        threshold=threshold_text(policy.kind, policy.value) if policy else "")


@blueprint.get("/forum/join")
@public
def join() -> str:
    """What one needs for reading, arguing, voting and proposing."""
    return render_template("forum/join.html")

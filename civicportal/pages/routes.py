"""Home and the pages at the foot of every page."""

from flask import Blueprint, current_app, render_template

from civicportal.core.clock import now
from civicportal.core.i18n import local
from civicportal.core.web.access import current_actor, public
from civicportal.deadlines.wording import period
from civicportal.forum.queries.clock import row_clock
from civicportal.forum.queries.pages import under_way
from civicportal.pages import queries
from civicportal.petitions.types import offered
from civicportal.retention.schedule import all_in_force
from civicportal.voting.queries.pages import deciding_now
from civicportal.voting.queries.totals import totals_of_many

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@public
def home() -> str:
    """What is under way now, how institutions answer, and where the reader's own matters stand."""
    actor, tasks, votes = current_actor(), under_way(queries.SHOWN), deciding_now(queries.SHOWN)
    return render_template(
        "pages/home.html", month=queries.month_so_far(), answered=queries.latest_answered(), holder=queries.holder,
        mine=queries.open_matters(actor.person_id) if actor and actor.person_id else [], tasks=tasks, votes=votes,
        vote_totals=totals_of_many([box.id for box in votes]), task_clock=row_clock,
        task_totals=totals_of_many([task.box.id for task in tasks if task.box]))


@blueprint.get("/help")
@public
def help() -> str:  # noqa: A001 - the name of the page
    return render_template("pages/help.html", types=offered(), period=period, settings=current_app.config["SETTINGS"])


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is collected, for what, and how long it is kept."""
    return render_template(
        "pages/privacy.html", settings=current_app.config["SETTINGS"], periods=all_in_force(local(now()).date()))


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    return render_template("pages/accessibility.html", settings=current_app.config["SETTINGS"])

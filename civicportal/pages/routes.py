"""Home and the pages at the foot of every page."""

from flask import Blueprint, current_app, render_template

from civicportal.core.web.access import current_actor, public
from civicportal.pages import queries
from civicportal.petitions.types import TYPES

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@public
def home() -> str:
    actor = current_actor()
    return render_template(
        "pages/home.html", month=queries.month_so_far(), answered=queries.latest_answered(), holder=queries.holder,
        mine=queries.open_matters(actor.person_id) if actor and actor.person_id else [],
    )


@blueprint.get("/help")
@public
def help() -> str:  # noqa: A001 - the name of the page
    return render_template("pages/help.html", types=TYPES, settings=current_app.config["SETTINGS"])


@blueprint.get("/privacy")
@public
def privacy() -> str:
    return render_template("pages/privacy.html", settings=current_app.config["SETTINGS"])


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    return render_template("pages/accessibility.html", settings=current_app.config["SETTINGS"])

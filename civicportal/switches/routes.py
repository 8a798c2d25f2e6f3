"""The operators' switches, what every page says of them, and the gate of read-only mode."""

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from civicportal.core.clock import now
from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.transactions import current
from civicportal.core.web.access import leave_no_trace, require_actor, requires, step_up
from civicportal.switches import queries, services
from civicportal.switches.forms import SwitchOffForm
from civicportal.switches.functions import NOTICES, Function, Notice
from civicportal.switches.models import Switch

blueprint = Blueprint("switches", __name__)
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# What read-only mode lets pass: who can read can also come and go, what only looks something up changes nothing, and
# the switch itself must be within reach. A ballot asks in the very statement that would write it.
ALWAYS = frozenset({
    "accounts.sign_in", "accounts.sign_out", "accounts.extend_session", "accounts.second_factor",
    "accounts.set_up_second_factor", "accounts.passkey", "accounts.passkey_options", "petitions.verify", "voting.check",
    "voting.receipt_file", "voting.cast", "switches.off", "switches.on", "static",
})


@blueprint.before_app_request
def keep_read_only() -> None:
    """Refuse whatever would change something while read-only mode is on. Raises Unavailable."""
    if request.method in READING or request.endpoint in ALWAYS:
        return
    if queries.why_off(Function.CHANGES) is not None:
        leave_no_trace()
        services.require(Function.CHANGES)


@blueprint.app_context_processor
def told() -> dict[str, object]:
    """`switched_off()` for the layout: what does not work on this page."""
    return {"switched_off": _switched_off}


def _switched_off() -> list[tuple[Switch, Notice, bool]]:
    """(switch, what to say, whether it takes longer than expected) for this page; nothing without a database."""
    if "switched_off" not in g:
        try:
            g.switched_off = queries.all_off()
        except SQLAlchemyError:
            current().rollback()
            g.switched_off = {}
    at = now()
    return [(row, NOTICES[function], row.expected_end <= at) for function, row in g.switched_off.items()
            if not NOTICES[function].blueprints or request.blueprint in NOTICES[function].blueprints]


@blueprint.get("/operator/switches")
@requires(Permission.SWITCH_SET)
def listing() -> str:
    """Every function, whether it works, and what was off before."""
    return render_template(
        "switches/listing.html", functions=list(Function), off=queries.all_off(), past=queries.past(), at=now())


@blueprint.route("/operator/switches/<string:name>/off", methods=["GET", "POST"])
@requires(Permission.SWITCH_SET)
@step_up
def off(name: str) -> AnyResponse:
    """Switch a function off, or say anew until when; says beforehand what people will read."""
    function, form = _function(name), SwitchOffForm()
    row = queries.all_off().get(function)
    if row is not None and not form.is_submitted():
        form.reason_ko.data, form.reason_en.data = row.reason_ko, row.reason_en
    try:
        if form.validate_on_submit():
            services.switch_off(require_actor(), function, minutes=form.minutes.data or 0,
                                reason_ko=form.reason_ko.data, reason_en=form.reason_en.data)
            flash(_("%(function)s: off. The pages affected say so now.", function=function.title), "success")
            return redirect(url_for("switches.listing"), 303)
    except Invalid as error:
        form.blame(error)
    page = render_template("switches/off.html", form=form, function=function, notice=NOTICES[function], row=row)
    return make_response(page, 400 if form.is_submitted() else 200)


@blueprint.post("/operator/switches/<string:name>/on")
@requires(Permission.SWITCH_SET)
@step_up
def on(name: str) -> AnyResponse:
    """Let a function work again."""
    function = _function(name)
    services.switch_on(require_actor(), function)
    flash(_("%(function)s: on again.", function=function.title), "success")
    return redirect(url_for("switches.listing"), 303)


def _function(name: str) -> Function:
    """Raises NotFound for what has no switch."""
    try:
        return Function(name)
    except ValueError:
        raise NotFound from None

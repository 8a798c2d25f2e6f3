"""The officers' desk: choice of institution, inbox with tabs, filters and paging."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from civicportal.accounts.queries import staff_of
from civicportal.core.i18n import _
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires
from civicportal.core.web.paging import ID_MAX
from civicportal.institutions.models import Institution
from civicportal.petitions.forms.desk import InboxForm
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries import inbox as lists
from civicportal.petitions.queries.clock import age_text, clock_of
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.types import TYPES, current_name


@blueprint.get("/desk")
@requires(Permission.DESK_SEE)
def desk() -> ResponseReturnValue:
    """The way to the inbox: straight on with one institution, a choice with several."""
    institutions = queries.desks(require_actor())
    if len(institutions) == 1:
        return redirect(url_for("petitions.inbox", code=institutions[0].code), 303)
    return render_template("petitions/desk/choice.html", institutions=institutions)


@blueprint.get("/desk/<string:code>")
@requires(Permission.DESK_SEE)
def inbox(code: str) -> ResponseReturnValue:
    """One list of an institution's matters, with tabs, filters and paging."""
    actor = require_actor()
    institution = queries.desk_of(actor, code)
    wanted = _wanted()
    found = lists.inbox(actor, institution, wanted)
    rows = [(part, clock_of(part, calendar=found.calendar, explain=False)) for part in found.page.rows]
    return render_template(
        "petitions/desk/inbox.html", institution=institution, rows=rows, found=found, wanted=wanted,
        form=_filter_form(institution, wanted), tabs=lists.Tab, kept=_kept(wanted), types=TYPES,
        age=age_text)


def _wanted() -> lists.Wanted:
    """The list that the address asks for; what it does not know is left out."""
    args = request.args
    tab = lists.Tab(args["tab"]) if args.get("tab") in set(lists.Tab) else lists.Tab.NEW
    usual = lists.Sort.NEWEST if tab is lists.Tab.ANSWERED else lists.Sort.DUE
    return lists.Wanted(
        tab=tab, sort=lists.Sort(args["sort"]) if args.get("sort") in set(lists.Sort) else usual,
        type=current_name(args.get("type")), q=args.get("q", "").strip()[:200],
        officer=args.get("officer", type=_person_id), cursor=args.get("cursor"))


def _person_id(text: str) -> int | None:
    number = int(text)
    return number if 0 < number <= ID_MAX else None


def _kept(wanted: lists.Wanted) -> dict[str, object]:
    """The filters that go with every link of the page."""
    kept = {"q": wanted.q, "type": wanted.type, "officer": wanted.officer}
    if request.args.get("sort") == wanted.sort:
        kept["sort"] = wanted.sort.value
    return {name: value for name, value in kept.items() if value}


def _filter_form(institution: Institution, wanted: lists.Wanted) -> InboxForm:
    form = InboxForm(formdata=None, q=wanted.q, type=wanted.type, officer=wanted.officer or 0, sort=wanted.sort.value)
    people = staff_of(institution.id, Permission.MATTER_ANSWER)
    form.officer.choices = [
        SelectChoice(0, _("Anybody")), *(SelectChoice(person.id, person.name or "") for person in people)]
    return form

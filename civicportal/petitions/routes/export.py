"""An inbox as a file, with a reason."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Invalid
from civicportal.core.i18n import local
from civicportal.core.permissions import Permission
from civicportal.core.web.access import require_actor, requires, step_up
from civicportal.petitions.forms.officials import ExportForm
from civicportal.petitions.queries import desk as queries
from civicportal.petitions.queries.inbox import Tab
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.services.export import export_desk


@blueprint.route("/desk/<string:code>/export", methods=["GET", "POST"])
@requires(Permission.DESK_SEE)
@step_up
def export(code: str) -> ResponseReturnValue:
    """Say which list and why; the answer to the POST is the file."""
    actor, form = require_actor(), ExportForm()
    institution = queries.desk_of(actor, code)
    if form.validate_on_submit():
        try:
            text = export_desk(actor, institution, tab=Tab(form.tab.data), reason=form.reason.data)
        except Invalid as error:
            form.blame(error)
        else:
            name = f"matters-{institution.code}-{local(now()).date()}.csv"
            return Response(text, mimetype="text/csv", headers={
                "Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"})
    page = render_template("petitions/officials/export.html", form=form, institution=institution,
                           per_day=settings().exports_per_day, max_rows=settings().export_max_rows)
    return page, 400 if form.errors else 200

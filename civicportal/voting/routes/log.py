"""The public log of a vote: heads, proofs, files, and those who keep heads outside."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from flask import (
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue

from civicportal.core.errors import Conflict, NotFound
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Permission
from civicportal.core.web.access import current_actor, public, require_actor, requires
from civicportal.core.web.paging import ID_MAX
from civicportal.voting.forms.voter import ConfirmHeadForm
from civicportal.voting.models import Box, Head, Log
from civicportal.voting.notes import parse_checkpoint
from civicportal.voting.queries import log as logs
from civicportal.voting.queries.pages import heads_before
from civicportal.voting.queries.trust import observes
from civicportal.voting.routes.blueprint import blueprint, box_or_404
from civicportal.voting.services import export, trust
from civicportal.voting.services.archive import zipped

MIME = {"jsonl": "application/x-ndjson", "json": "application/json", "py": "text/x-python", "zip": "application/zip"}
_GONE = lazy("No head with this number is public in this vote. Go back to the vote and download its files anew.")


@blueprint.get("/votes/<string:slug>/log")
@public
def log(slug: str) -> str:
    """Signed heads, the newest first. Observers confirm here that they keep one."""
    box, actor = box_or_404(slug), current_actor()
    form = ConfirmHeadForm(formdata=None) if observes(actor, box.id) else None
    return _log_page(box, form)


def _log_page(box: Box, form: ConfirmHeadForm | None) -> str:
    before = min(request.args.get("before", ID_MAX, type=int), ID_MAX)
    page = heads_before(log_or_404(box).id, before)
    return render_template(
        "voting/log.html", box=box, form=form, heads=page.rows,
        older=url_for("voting.log", slug=box.slug, before=page.next_cursor) if page.next_cursor else None,
        newer=url_for("voting.log", slug=box.slug) if "before" in request.args else None)


@blueprint.get("/votes/<string:slug>/heads/<int:number>")
@public
def head(slug: str, number: int) -> str:
    """One head as it was signed."""
    box = box_or_404(slug)
    entries = log_or_404(box)
    return render_template(
        "voting/head.html", box=box, head=_head_or_404(entries, number), newest=logs.newest_head(entries))


@blueprint.get("/votes/<string:slug>/consistency/<int:first>/<int:second>")
@public
def consistency(slug: str, first: int, second: int) -> Response:
    """The proof that one head extends an earlier one, as `proofs.json` writes it."""
    entries = log_or_404(box_or_404(slug))
    old, new = _head_or_404(entries, first), _head_or_404(entries, second)
    if old.size > new.size:
        raise NotFound
    hashes = [b64encode(node).decode() for node in logs.consistency(entries, old.size, new.size)]
    return jsonify({"from": first, "to": second, "hashes": hashes})


@blueprint.get("/votes/<string:slug>/files/<string:name>")
@public
def file(slug: str, name: str) -> ResponseReturnValue:
    """One of the files that everybody can check: as of now, or of the head with the number `?head=`."""
    box = box_or_404(slug)
    if name not in export.FILES:
        raise NotFound
    given = _snapshot(box)
    if given is None:
        return _not_there(box, str(_GONE))
    if name not in given.names:
        return _not_there(
            box, _("This file holds the keys that voted. It follows when the vote has closed and is counted."))
    return _download(export.stream(given, name), name)


@blueprint.get("/votes/<string:slug>/files.zip")
@public
def archive(slug: str) -> ResponseReturnValue:
    """All of these files in one archive."""
    box = box_or_404(slug)
    given = _snapshot(box)
    if given is None:
        return _not_there(box, str(_GONE))
    return _download(zipped(given), f"{slug}.zip")


def _snapshot(box: Box) -> export.Snapshot | None:
    """What is public as of the head that the address names, if any; None where it is not public."""
    asked = request.args.get("head")
    number = int(asked) if asked and asked.isdecimal() and len(asked) < 10 else None
    try:
        return export.snapshot(box, number) if asked is None or number is not None else None
    except NotFound:
        return None


def _download(pieces: Iterator[bytes], name: str) -> Response:
    whole: Any = stream_with_context(pieces)
    response = Response(whole, mimetype=MIME.get(name.rpartition(".")[2], "text/plain"))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _not_there(box: Box, message: str) -> Response:
    return make_response(render_template("voting/withheld.html", box=box, message=message), 404)


@blueprint.post("/votes/<string:slug>/observe")
@requires(Permission.VOTE_CAST)
def observe(slug: str) -> ResponseReturnValue:
    """Be mailed every head, or no more."""
    box, actor = box_or_404(slug), require_actor()
    try:
        if request.form.get("stop"):
            trust.unobserve(actor, box)
            flash(_("You do not observe this vote any more."), "success")
        else:
            trust.observe(actor, box)
            flash(_("You get every head by e-mail. Keep them, and confirm here what you keep."), "success")
    except Conflict as error:
        flash(str(error.message), "error")
    return redirect(url_for("voting.show", slug=slug, _anchor="honest"), 303)


@blueprint.post("/votes/<string:slug>/confirm-head")
@requires(Permission.VOTE_CAST)
def confirm_head(slug: str) -> ResponseReturnValue:
    """Compare a head from a mail with the log; the same one is confirmed."""
    box, form = box_or_404(slug), ConfirmHeadForm()
    if form.validate_on_submit():
        number = _same(log_or_404(box), form)
        if number:
            trust.confirm_head(require_actor(), box, number)
            flash(_("Head %(number)s is the same here and there. Thank you for keeping it.", number=number), "success")
            return redirect(url_for("voting.show", slug=slug, _anchor="honest"), 303)
    return _log_page(box, form), 400


def _same(entries: Log, form: ConfirmHeadForm) -> int | None:
    """The number of the pasted head if the log holds that very head; else the form says what is wrong."""
    note = form.head.data.strip() + "\n"
    try:
        number = min(int(parse_checkpoint(note).lines.get("head", "")), ID_MAX)
    except ValueError:
        form.head.errors = [_("This is not a whole head. Copy it from its first line to its last.")]
        return None
    held = logs.head_by_number(entries, number)
    if held is not None and held.note.strip() == note.strip():
        return number
    form.head.errors = [_("The log holds another head %(number)s. Copy it again from the e-mail; if they still differ, "
                          "keep the e-mail and show it to others: it proves that the log was changed.", number=number)]
    return None


def log_or_404(box: Box) -> Log:
    """The log of a vote that has opened. Raises NotFound."""
    if box.log is None:
        raise NotFound
    return box.log


def _head_or_404(entries: Log, number: int) -> Head:
    found = logs.head_by_number(entries, number)
    if found is None:
        raise NotFound
    return found

"""The public record: its heads, its leaves, and for each petition the proof that its acts are in there."""

from base64 import b64encode
from json import loads

from flask import Response, jsonify, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from civicportal.core.errors import NotFound
from civicportal.core.web.access import current_actor, public
from civicportal.core.web.paging import ID_MAX
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.record import Proven, all_heads, leaves, proofs_of, record_breaks, record_log
from civicportal.petitions.queries.removals import removed_petition
from civicportal.petitions.queries.visibility import Viewer, viewer_of, visible_petition
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.seen import seen
from civicportal.voting.models import Head, Log
from civicportal.voting.queries import log as logs
from civicportal.voting.queries.pages import heads_before


@blueprint.get("/record")
@public
def record() -> str:
    """What the record proves, and its heads, the newest first."""
    log, before = record_log(), min(request.args.get("before", ID_MAX, type=int), ID_MAX)
    page = heads_before(log.id, before) if log else None
    older = url_for("petitions.record", before=page.next_cursor) if page and page.next_cursor else None
    return render_template(
        "petitions/record.html", log=log, breaks=record_breaks(), heads=page.rows if page else [], older=older,
        newer=url_for("petitions.record") if "before" in request.args else None)


@blueprint.get("/record/heads/<int:number>")
@public
def record_head(number: int) -> str:
    """One head as it was signed."""
    log, head = _head_or_404(number)
    return render_template("petitions/record_head.html", head=head, newest=logs.newest_head(log))


@blueprint.get("/record/consistency/<int:first>/<int:second>")
@public
def record_consistency(first: int, second: int) -> Response:
    """The proof that one head extends an earlier one."""
    (log, old), (_same, new) = _head_or_404(first), _head_or_404(second)
    if old.number > new.number:
        raise NotFound
    hashes = [b64encode(node).decode() for node in logs.consistency(log, old.size, new.size)]
    return jsonify({"from": first, "to": second, "hashes": hashes})


@blueprint.get("/record/heads.txt")
@public
def record_heads() -> Response:
    """All heads, oldest first, those from before a break too, with an empty line between."""
    return _file("\n".join(head.note for head in all_heads()), "text/plain", "heads.txt")


@blueprint.get("/record/leaves.jsonl")
@public
def record_leaves() -> Response:
    """The leaves that the newest head covers, one a line, in the order of the log."""
    log = record_log()
    head = logs.newest_head(log) if log else None
    lines = (f"{leaf}\n" for leaf in leaves(log, head.size)) if log and head else iter(())
    return _file(stream_with_context(lines), "application/x-ndjson", "leaves.jsonl")


@blueprint.get("/petitions/<number:number>/record")
@public
def proof(number: str) -> str:
    """The acts on a petition, each with its proof."""
    petition, viewer, title = _provable(number)
    return render_template("petitions/proof.html", petition=petition, title=title, proofs=proofs_of(petition, viewer))


@blueprint.get("/petitions/<number:number>/record.json")
@public
def proof_file(number: str) -> ResponseReturnValue:
    """The same for a program."""
    petition, viewer, _title = _provable(number)
    found = proofs_of(petition, viewer)
    response = jsonify({
        "format": "civicportal-record/1", "number": petition.number, "head": found.head and found.head.note,
        "acts": [_as_json(act) for act in found.acts]})
    response.headers["Content-Disposition"] = f'attachment; filename="record-{petition.number}.json"'
    return response


def _provable(number: str) -> tuple[Petition, Viewer, str]:
    """A petition whose acts the visitor may read, as whom, and what it is called: a removed one by its number alone."""
    if petition := visible_petition(number, current_actor()):
        seen(petition, current_actor())
        return petition, viewer_of(petition, current_actor()), petition.title
    if petition := removed_petition(number):
        return petition, Viewer.PUBLIC, petition.number
    raise NotFound


def _as_json(act: Proven) -> dict[str, object]:
    return {"statement": loads(act.statement) if act.statement else None, "leaf": act.leaf, "index": act.entry.index,
            "hashes": list(act.hashes) if act.covered else None}


def _head_or_404(number: int) -> tuple[Log, Head]:
    log = record_log()
    head = logs.head_by_number(log, number) if log else None
    if log is None or head is None:
        raise NotFound
    return log, head


def _file(body: object, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)  # type: ignore[arg-type]
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

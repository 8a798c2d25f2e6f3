"""Uploading a file of a draft in pieces, for the script of the files page. Without script the plain form does it.

POST announces a file, PATCH adds a piece (headers Upload-Id and Upload-Offset), GET says what is not all there yet.
Answers are JSON; what is refused has a `message`.
"""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response, request

from civicportal.core.errors import Invalid, NotFound
from civicportal.core.i18n import _
from civicportal.core.signing import derive_token, same
from civicportal.core.web.access import current_actor, require_actor
from civicportal.petitions.models import Draft, PendingUpload
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.draft_pages import draft_page, is_lost
from civicportal.petitions.services import uploads


@blueprint.route("/file/<draft:key>/uploads", methods=["GET", "POST", "PATCH"])
@draft_page
def file_uploads(draft: Draft) -> Any:
    """What is on its way; announce a file; add a piece of one."""
    if request.method == "GET":
        return jsonify([_told(one) for one in uploads.pending(draft)])
    if not same(request.headers.get("X-CSRFToken", ""), derive_token("keyed-form", draft.key)):
        return _refused(_("Please send this page again. Nothing you typed is lost."), 400)
    if is_lost(draft):
        require_actor()
    try:
        return _announce(draft) if request.method == "POST" else _append(draft)
    except Invalid as error:
        return _refused(str(error.message), 422)


def _announce(draft: Draft) -> Response:
    name, size = request.form.get("name", ""), request.form.get("size", 0, type=int)
    return make_response(jsonify(_told(uploads.begin(current_actor(), draft, name=name, size=size))), 201)


def _append(draft: Draft) -> Response:
    upload_id = request.headers.get("Upload-Id", type=UUID)
    if upload_id is None:
        raise NotFound
    try:
        offset = uploads.append(
            current_actor(), draft, upload_id, offset=request.headers.get("Upload-Offset", -1, type=int),
            piece=request.get_data(cache=False))
    except uploads.WrongOffset as error:
        answer = _refused(str(error.message), 409)
        answer.headers["Upload-Offset"] = str(error.offset)
        return answer
    answer = make_response("", 204)
    answer.headers["Upload-Offset"] = str(offset)
    return answer


def _told(upload: PendingUpload) -> dict[str, object]:
    return {"id": str(upload.public_id), "name": upload.name, "size": upload.size, "offset": upload.offset}


def _refused(message: str, status: int) -> Response:
    return make_response(jsonify({"message": message}), status)

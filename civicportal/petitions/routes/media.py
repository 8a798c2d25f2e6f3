"""Where files come from: an origin that may be one of its own, without cookies (MEDIA_URL), and always as downloads.

What is published is there for everybody. Anything else has an address that was signed for one person and one file after
the check who may see it; it holds for a minute, and the person's right is looked at once more.
"""

from datetime import timedelta
from typing import Any, BinaryIO
from uuid import UUID

from flask import Blueprint, Response, request, send_file, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from civicportal.accounts.queries import actor_for, get_person
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import NotFound
from civicportal.core.permissions import Actor
from civicportal.core.signing import derive_token, same
from civicportal.core.web.access import current_actor, public
from civicportal.core.web.headers import PUBLIC_SECONDS, seal
from civicportal.petitions.media import safe_name
from civicportal.petitions.media_types import BY_MEDIA_TYPE
from civicportal.petitions.models import PetitionFile
from civicportal.petitions.queries.visibility import visible_file
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services.files import storage
from civicportal.petitions.states import Opened

blueprint = Blueprint("media", __name__)
LIFETIME = timedelta(seconds=60)
COPY, ORIGINAL = "copy", "original"


def public_address(file: PetitionFile) -> str:
    """Where everybody finds the copy of a published petition's file."""
    return settings().media_url.rstrip("/") + url_for("media.copy", public_id=file.public_id)


def signed_address(file: PetitionFile, actor: Actor, kind: str) -> str:
    """Where this person finds this file for a minute. The caller has checked that the person may see it."""
    ends = int((now() + LIFETIME).timestamp())
    token = f"{actor.person_id}.{ends}.{kind}.{_signature(file.public_id, str(actor.person_id), str(ends), kind)}"
    return settings().media_url.rstrip("/") + url_for("media.signed", public_id=file.public_id, token=token)


def _signature(public_id: UUID, person_id: str, ends: str, kind: str) -> str:
    return derive_token("media", public_id, person_id, ends, kind)


@blueprint.get("/media/<uuid:public_id>")
@public
def copy(public_id: UUID) -> Any:
    """The copy of a file that everybody may see."""
    file = visible_file(public_id, None, original=False)
    if file is None:
        raise NotFound
    response = _send(file, COPY)
    response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}"
    return response


@blueprint.get("/media/<uuid:public_id>/<string:token>")
@public
def signed(public_id: UUID, token: str) -> Any:
    """A file for the person that the address was made for."""
    person_id, ends, kind, signature = [*token.split("."), "", "", "", ""][:4]
    if not same(signature, _signature(public_id, person_id, ends, kind)) or int(ends) <= now().timestamp():
        raise NotFound
    bearer = _bearer(int(person_id))
    file = visible_file(public_id, bearer, original=kind == ORIGINAL)
    if file is None:
        raise NotFound
    if file.petition is not None:
        seen(file.petition, bearer, Opened.FILE, original=kind == ORIGINAL or file.addition_id is not None)
    return seal(_send(file, kind))


def _bearer(person_id: int) -> Actor:
    """The person a good address was made for. Where the portal's cookies come along, they must be that person's."""
    actor = current_actor()
    if not settings().media_url and (actor is None or actor.person_id != person_id):
        raise NotFound
    person = get_person(person_id)
    if person is None:
        raise NotFound
    return actor_for(person)


def _send(file: PetitionFile, kind: str) -> Response:
    """Stream a file as a download. Keys never come back with other content, so a key is its own ETag."""
    key, media_type, name = file.storage_key, file.media_type, file.name
    if kind == COPY:
        key, media_type = file.shown_key or "", file.shown_type or ""
        if not key:
            raise NotFound
        name = safe_name(name, BY_MEDIA_TYPE[media_type])
    try:
        stream: BinaryIO = storage().open(key)
    except FileNotFoundError as error:
        raise NotFound from error
    size = stream.seek(0, 2)
    stream.seek(0)
    response = send_file(stream, mimetype=media_type, as_attachment=True, download_name=name, etag=key,
                         conditional=False)
    response.content_length = size
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    return response

"""Files of petitions: a cleaned copy for whoever may see the petition, the original for author and officials."""

from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

from flask import Response, request, send_file, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.web.access import current_actor, public
from civicportal.core.web.headers import PUBLIC_SECONDS
from civicportal.petitions.media import safe_name
from civicportal.petitions.media_types import BY_MEDIA_TYPE
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.queries.visibility import Viewer, visible_file
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.seen import seen
from civicportal.petitions.services.files import storage
from civicportal.petitions.states import Opened, Publication


@dataclass(frozen=True)
class ShownFile:
    """A file as `components/files.html` draws it."""

    name: str
    url: str | None
    size: int | None
    note: object = ""


def shown_files(petition: Petition, viewer: Viewer) -> list[ShownFile]:
    """The files of a petition with the address that is open to this reader."""
    values: dict[str, Any] = {"number": petition.number}
    if viewer is Viewer.PUBLIC:
        return [ShownFile(file.name, url_for("petitions.file_content", public_id=file.public_id, **values), None)
                if file.shown_key else ShownFile(file.name, None, None, _("Not shown to the public"))
                for file in petition.files]
    return [ShownFile(file.name, url_for("petitions.file_original", public_id=file.public_id, **values), file.size,
                      BY_MEDIA_TYPE[file.media_type].title) for file in petition.files]


@blueprint.get("/petitions/<number:number>/files/<uuid:public_id>")
@public
def file_content(number: str, public_id: UUID) -> Any:
    """The copy that may be shown."""
    file = visible_file(number, public_id, current_actor(), original=False)
    if file is None or file.shown_key is None or file.shown_type is None:
        raise NotFound
    _seen(file)
    name = safe_name(file.name, BY_MEDIA_TYPE[file.shown_type])
    return _send(file, file.shown_key, file.shown_type, name, attachment=False)


@blueprint.get("/petitions/<number:number>/files/<uuid:public_id>/original")
@public
def file_original(number: str, public_id: UUID) -> Any:
    """The file as it was sent, to be saved."""
    file = visible_file(number, public_id, current_actor(), original=True)
    if file is None:
        raise NotFound
    _seen(file, original=True)
    return _send(file, file.storage_key, file.media_type, file.name, attachment=True)


def _seen(file: PetitionFile, *, original: bool = False) -> None:
    if file.petition is not None:
        seen(file.petition, current_actor(), Opened.FILE, original=original)


def _send(file: PetitionFile, key: str, media_type: str, name: str, *, attachment: bool) -> Response:
    """Stream a file. Keys never come back with other content, so a key is its own ETag."""
    try:
        stream: BinaryIO = storage().open(key)
    except FileNotFoundError as error:
        raise NotFound from error
    size = stream.seek(0, 2)
    stream.seek(0)
    response = send_file(stream, mimetype=media_type, as_attachment=attachment, download_name=name, etag=key,
                         conditional=False)
    response.content_length = size
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    everybody = file.petition is not None and file.petition.publication is Publication.PUBLISHED and not attachment
    anonymous = everybody and current_actor() is None
    response.headers["Cache-Control"] = f"public, max-age={PUBLIC_SECONDS}" if anonymous else "private, no-store"
    return response

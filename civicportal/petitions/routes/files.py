"""Files of petitions: a cleaned copy for whoever may see the petition, the original for author and officials.

These addresses check who may see a file and lead to where it is (`media`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, url_for

from civicportal.core.errors import NotFound
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.core.web.access import current_actor, public
from civicportal.core.web.headers import seal
from civicportal.petitions.media_types import BY_MEDIA_TYPE
from civicportal.petitions.models import Petition, PetitionFile
from civicportal.petitions.queries.visibility import Viewer, visible_file
from civicportal.petitions.routes.blueprint import blueprint
from civicportal.petitions.routes.gone import stop_if_removed
from civicportal.petitions.routes.media import COPY, ORIGINAL, public_address, signed_address
from civicportal.petitions.states import Publication, Scan


@dataclass(frozen=True)
class ShownFile:
    """A file as `components/files.html` draws it."""

    name: str
    url: str | None
    size: int | None
    note: object = ""


def shown_files(petition: Petition, viewer: Viewer, files: Sequence[PetitionFile] | None = None) -> list[ShownFile]:
    """Files of a petition, else those it was filed with, with the address that is open to this reader."""
    files = petition.files if files is None else files
    values: dict[str, Any] = {"number": petition.number}
    if viewer is Viewer.PUBLIC:
        missing = _("Not shown to the public: no copy without hidden data was made")
        return [ShownFile(file.name, url_for("petitions.file_content", public_id=file.public_id, **values), None)
                if file.shown_key and file.scan is not Scan.INFECTED else ShownFile(file.name, None, None, missing)
                for file in files]
    return [ShownFile(
        file.name, None if file.scan is Scan.INFECTED else url_for(
            "petitions.file_original", public_id=file.public_id, **values),
        file.size, _about(petition, file)) for file in files]


def _about(petition: Petition, file: PetitionFile) -> str:
    """What kind of file it is, what the virus scanner said, and whether the public sees a copy."""
    title = f"{BY_MEDIA_TYPE[file.media_type].title}; {file.scan.title}"
    if petition.publication not in (Publication.PENDING, Publication.PUBLISHED) or file.shown_key or file.addition_id:
        return title
    return _("%(kind)s; there is no public copy", kind=title)


@blueprint.get("/petitions/<number:number>/files/<uuid:public_id>")
@public
def file_content(number: str, public_id: UUID) -> Any:
    """The way to the copy that may be shown."""
    actor = current_actor()
    file = visible_file(public_id, actor, original=False, number=number)
    if file is None:
        stop_if_removed(number)
    if file is None or file.shown_key is None:
        raise NotFound
    return _lead(file, actor, COPY)


@blueprint.get("/petitions/<number:number>/files/<uuid:public_id>/original")
@public
def file_original(number: str, public_id: UUID) -> Any:
    """The way to the file as it was sent."""
    actor = current_actor()
    file = visible_file(public_id, actor, original=True, number=number)
    if file is None:
        stop_if_removed(number)
        raise NotFound
    return _lead(file, actor, ORIGINAL)


def _lead(file: PetitionFile, actor: Actor | None, kind: str) -> Response:
    """Redirect to where the file is: open to everybody, or signed for this person."""
    address = public_address(file) if actor is None else signed_address(file, actor, kind)
    return seal(make_response(redirect(address, 303)))

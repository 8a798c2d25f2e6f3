"""Receipts are signed with the filing, in its transaction, and kept with it."""

import secrets
from collections.abc import Iterable

from sqlalchemy import delete, select, update

from civicportal.core.clock import now
from civicportal.core.transactions import current
from civicportal.petitions.filing_receipts import (
    MAX_BYTES,
    Checked,
    Content,
    Verdict,
    canonical_content,
    check,
    digest_of,
    sign,
)
from civicportal.petitions.models import FilingReceipt, Petition
from civicportal.petitions.plain import decode
from civicportal.petitions.services.record import enter
from civicportal.petitions.states import Publication, RecordAct
from civicportal.voting.notes import Verifier, instant
from civicportal.voting.services.keys import portal_host, receipt_signers, settled_receipt_verifiers

SALT_BYTES = 32


def verify(given: str | bytes, more_keys: Iterable[str] = ()) -> Checked:
    """Check a receipt as it was pasted, or the bytes of its file. Reads no database.

    `more_keys`: public keys beside those of the settings. Raises ValueError for what is none.
    """
    keys = [*settled_receipt_verifiers(), *map(Verifier.from_vkey, more_keys)]
    if isinstance(given, bytes):
        try:
            given = decode(given) if len(given) <= MAX_BYTES else ""
        except ValueError:
            return Checked(Verdict.NO_RECEIPT)
    return check(given, keys)


def issue(petition: Petition) -> None:
    """Sign what was filed. A receipt that was issued before is replaced: its author's address was corrected.

    Inside atomic(), once the files have moved from the draft.
    """
    content = canonical_content(_content(petition))
    digest = digest_of(content)
    note = sign(receipt_signers()[0], portal_host(), petition.number, petition.filed_at, digest)
    keep(petition, content, digest, note)
    enter(petition, RecordAct.FILED, digest.hex())


def keep(petition: Petition, content: str, digest: bytes, note: str) -> None:
    """Store a receipt in place of the one before. Inside atomic()."""
    session = current()
    session.execute(delete(FilingReceipt).where(FilingReceipt.petition_id == petition.id))
    session.add(FilingReceipt(
        petition_id=petition.id, content=content, digest=digest.hex(), note=note, issued_at=now()))
    session.flush()
    session.expire(petition, ["receipt"])


def forget_contents(author_id: int) -> None:
    """The account is gone: drop what its receipts hold of the person. Hashes stay, so that doubles are recognised."""
    filed = select(Petition.id).where(Petition.author_id == author_id)
    current().execute(update(FilingReceipt).where(FilingReceipt.petition_id.in_(filed)).values(content=None))


def _fields(petition: Petition) -> dict[str, str]:
    """What a photo says of time and place, and how it came where an officer entered it."""
    entered = petition.entered_at
    came = {"channel": petition.channel.value, "entered_at": instant(entered)} if entered else {}
    return {**(petition.photo_facts or {}), **came}


def _content(petition: Petition) -> Content:
    author, institution = petition.author, petition.chosen_institution
    return {
        "number": petition.number, "filed_at": instant(petition.filed_at), "type": petition.type,
        "title": petition.title, "text": petition.text, "fields": _fields(petition), "locale": petition.locale,
        "place": petition.region_code, "public": petition.publication is not Publication.PRIVATE,
        "institution": institution and {"code": institution.code, "name": institution.name(petition.locale)},
        "author": {
            "name": (author and author.name) or "", "address": (author and author.address) or "",
            "phone": author and author.phone, "confirmed": bool(author and author.level),
        },
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in petition.files],
        "salt": secrets.token_hex(SALT_BYTES),
    }

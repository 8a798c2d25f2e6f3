"""The answers that were sent, ready to be read."""

from dataclasses import dataclass
from datetime import datetime

from civicportal.core.i18n import current_locale
from civicportal.petitions.markdown import to_html
from civicportal.petitions.models import Petition
from civicportal.petitions.queries.desk import newest_text
from civicportal.petitions.queries.revisions import subject_of
from civicportal.petitions.states import AnswerState


@dataclass(frozen=True)
class ShownAnswer:
    """One sent answer. `html`: harmless markup; it names the institution, never the officer.

    `subject`: what its versions are kept under.
    """

    institution: str
    html: str
    language: str
    sent_at: datetime | None
    subject: str


def answers_of(petition: Petition) -> list[ShownAnswer]:
    """Every answer that was sent, the latest first."""
    shown = []
    for part in reversed(petition.assignments):
        text = newest_text(part.answer) if part.answer and part.answer.state is AnswerState.SENT else None
        if text and part.answer and part.institution:
            shown.append(ShownAnswer(part.institution.name(current_locale()), to_html(text.text),
                                     part.answer.language, part.answer.sent_at, subject_of(part)))
    return shown

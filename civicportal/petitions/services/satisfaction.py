"""What authors say of an answer, once, and the public figures made from it."""

from sqlalchemy import func, select

from civicportal.core.audit import AuditName, record
from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.dialect import insert_new
from civicportal.core.errors import Conflict, Forbidden, Invalid
from civicportal.core.i18n import _, lazy
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current, lock
from civicportal.institutions.queries import resolve_successor
from civicportal.petitions import emails
from civicportal.petitions.models import Assignment, Petition, Satisfaction, SatisfactionFigure
from civicportal.petitions.plain import normalise
from civicportal.petitions.policies import can_rate
from civicportal.petitions.queries.satisfaction import rateable, reaskable
from civicportal.petitions.services.notices import tell
from civicportal.petitions.services.placement import open_assignment
from civicportal.petitions.states import AssignmentState, Opening

RATINGS = range(1, 6)
COMMENT_MAX = 2000


def rate(actor: Actor, petition: Petition, rating: int, comment: str = "") -> Satisfaction:
    """Keep the author's mark (1 to 5) of the latest answer, and a comment.

    Raises Conflict when that answer is rated already or there is none, Invalid for another mark or a comment longer
    than COMMENT_MAX characters, Forbidden for anybody but the author.
    """
    words = normalise(comment)
    if rating not in RATINGS or len(words) > COMMENT_MAX:
        raise Invalid(_("Choose a mark from 1 to 5."), fields={"rating": _("Choose a mark from 1 to 5.")})
    with atomic() as session:
        _lock(actor, petition)
        part = rateable(petition)
        if part is None or part.institution_id is None:
            raise Conflict(lazy("There is no answer left to rate."))
        said = Satisfaction(petition=petition, assignment_id=part.id, institution_id=part.institution_id,
                            rating=rating, comment=words)
        session.add(said)
        session.flush()
        record(AuditName.PETITION_RATED, actor, "petition", petition.id, rating=rating)
        recompute(part.institution_id)
        return said


def ask_again(actor: Actor, petition: Petition) -> Assignment:
    """After a low mark, ask the institution once for a further answer; a manager deals with it.

    Raises Conflict when this cannot be asked (any more), Forbidden for anybody but the author.
    """
    with atomic():
        _lock(actor, petition)
        said = reaskable(petition)
        if said is None:
            raise Conflict(lazy("A further answer can be asked for once, after a low mark."))
        said.reasked_at = now()
        former = current().get_one(Assignment, said.assignment_id).institution
        part = open_assignment(actor, petition, former and resolve_successor(former), opening=Opening.REASK,
                               needs_manager=True)
        tell(emails.reasked(petition, part))
        return part


def recompute(institution_id: int) -> None:
    """Bring an institution's public figures up to date, but only after `satisfaction_batch` further responses.

    Less often than each time, so that nobody can read a single mark off the difference. Inside atomic().
    """
    session = current()
    empty = {"institution_id": institution_id, "answered": 0, "responses": 0, "counts": [0] * 5, "computed_at": now()}
    insert_new(session, SatisfactionFigure, empty, ["institution_id"])
    figure = session.get_one(SatisfactionFigure, institution_id, with_for_update=True, populate_existing=True)
    marks = {rating: count for rating, count in session.execute(  # noqa: C416 - a row is no pair for dict()
        select(Satisfaction.rating, func.count()).where(Satisfaction.institution_id == institution_id)
        .group_by(Satisfaction.rating))}
    responses = sum(marks.values())
    if responses - figure.responses < settings().satisfaction_batch:
        return
    figure.counts = [marks.get(rating, 0) for rating in RATINGS]
    figure.responses, figure.computed_at = responses, now()
    figure.answered = session.scalar(select(func.count()).select_from(Assignment).where(
        Assignment.institution_id == institution_id, Assignment.state == AssignmentState.ANSWERED)) or 0


def _lock(actor: Actor, petition: Petition) -> None:
    lock(petition)
    if not can_rate(actor, petition):
        raise Forbidden(lazy("Only the person who wrote this can do that."))

"""Pages of checks before publication, appeals, removals and versions with the people who see them."""

from sqlalchemy import select

from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.core.transactions import current
from civicportal.petitions.models import Appeal, Petition, Refusal, Revision
from civicportal.petitions.services.revising import revise
from civicportal.petitions.states import AppealState, Publication
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, JONGNO, MANAGER, OPERATOR, Visit, press, send_empty
from tests.factories.petitions import refused

SECOND_OPERATOR = "operator.second@example.com"


def publication_visits(portal: Live) -> list[Visit]:
    """What everybody reads, what an author does, what an officer corrects, what operators decide."""
    public = select(Petition.number).where(Petition.publication == Publication.PUBLISHED)
    removed = portal.one(select(Petition.number).where(Petition.publication == Publication.REMOVED))
    corrected = select(Petition.number, Revision.subject).join(Revision, Revision.petition_id == Petition.id).where(
        Revision.number > 1, Revision.subject != "text")
    with portal.app.app_context():
        number, subject = current().execute(corrected).first()
        masked = _masked()
    return [
        Visit("publication-rules", "/publication", desk=True), Visit("removals", "/removals", desk=True),
        Visit("removals-older", "/removals?after=WyIwMDAxLTAxLTAyVDAwOjAwOjAwKzAwOjAwIiwgMV0"),
        Visit("petition-removed", f"/petitions/{removed}"), Visit("proof-removed", f"/petitions/{removed}/record"),
        Visit("versions-first", f"/petitions/{portal.one(public)}/versions"),
        Visit("versions-answer", f"/petitions/{number}/versions?of={subject}", desk=True),
        Visit("versions-withheld", f"/petitions/{masked}/versions?version=2"),
        Visit("versions-hidden", f"/petitions/{masked}/versions?version=1"),
        Visit("petition-corrected", f"/petitions/{number}"),
        Visit("answer-correct", f"/desk/matters/{number}/correct", MANAGER),
        Visit("answer-correct-wrong", f"/desk/matters/{number}/correct", MANAGER, act=send_empty),
        *_author_visits(portal), *_operator_visits(portal, masked, removed),
    ]


def _masked() -> str:
    """A public petition from which an operator took something out."""
    petition = current().scalars(select(Petition).where(
        Petition.publication == Publication.PUBLISHED).order_by(Petition.id.desc())).first()
    operator = actor_for(confirmed_by_address(OPERATOR))
    revise(operator, petition, title=petition.title, text=f"{petition.text}\n\n[…]", reason="전화번호가 있었습니다.",
           withhold=True, base_version=1)
    return petition.number


def _author_visits(portal: Live) -> list[Visit]:
    waiting = portal.matter(CITIZEN, JONGNO, "공원 의자를 고쳐 주세요", wants_public=True)
    number = portal.matter(CITIZEN, JONGNO, "공원 화단을 가꿔 주세요", wants_public=True)
    with portal.app.app_context():
        refused(current().scalars(select(Petition).where(Petition.number == number)).one())
    appealed = portal.one(select(Petition.number).join(Refusal).join(Appeal).where(Appeal.state == AppealState.OPEN))
    return [Visit(name, path, CITIZEN, act) for name, path, act in (
        ("petition-checked", f"/petitions/{waiting}", None), ("petition-refused", f"/petitions/{number}", None),
        ("petition-appealed", f"/petitions/{appealed}", None), ("appeal", f"/petitions/{number}/appeal", None),
        ("appeal-wrong", f"/petitions/{number}/appeal", send_empty))]


def _operator_visits(portal: Live, public: str, removed: str) -> list[Visit]:
    second = portal.one(select(Petition.number).where(Petition.publication == Publication.SECOND_CHECK))
    appealed = portal.one(select(Petition.number).join(Refusal).join(Appeal).where(Appeal.state == AppealState.OPEN))
    at = "/operator/publication"
    visits = [
        Visit("checks", at, desk=True), Visit("check", f"{at}/{second}"),
        Visit("check-wrong", f"{at}/{second}", act=press), Visit("check-public", f"{at}/{public}"),
        Visit("check-removed", f"{at}/{removed}"), Visit("appeal-decide", f"{at}/{appealed}/appeal"),
        Visit("appeal-decide-wrong", f"{at}/{appealed}/appeal", act=press),
        Visit("remove", f"{at}/{public}/remove"), Visit("remove-wrong", f"{at}/{public}/remove", act=send_empty),
        Visit("put-back", f"{at}/{removed}/put-back"), Visit("put-back-wrong", f"{at}/{removed}/put-back", act=press),
        Visit("revise", f"{at}/{public}/revise"), Visit("revise-wrong", f"{at}/{public}/revise", act=send_empty),
        Visit("revise-removed", f"{at}/{removed}/revise"),
    ]
    return [Visit(one.name, one.path, SECOND_OPERATOR, one.act, one.desk) for one in visits]

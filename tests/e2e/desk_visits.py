"""Pages of one matter on the desk: its type, notes of colleagues, and an answer that holds personal data."""

from sqlalchemy import select

from civicportal.accounts.queries import actor_for, confirmed_by_address
from civicportal.core.transactions import current
from civicportal.petitions.models import Petition
from civicportal.petitions.services import answers
from civicportal.petitions.services.desk import take
from civicportal.petitions.services.notes import write_note
from civicportal.petitions.services.reclassifying import reclassify
from tests.e2e.live import Live
from tests.e2e.visit import CITIZEN, JONGNO, MANAGER, OFFICER, Visit, press, send_empty

ANSWER = """현장을 확인했습니다. 담당 공사업체(02-120-1234) 김철수(800101-1234567, 010-1234-5678)에게 연락했고,
세종대로 209, 101동 1203호 앞 보안등은 이번 주에 고칩니다."""
NOTE = "현장 사진은 공유 폴더에 있습니다. 같은 골목의 민원과 함께 답변하려고 합니다."


def desk_visits(portal: Live) -> list[Visit]:
    """A matter that nobody has noted anything on, and one with a note and an answer that must be looked at."""
    empty = f"/desk/matters/{portal.matter(CITIZEN, JONGNO, '가로수가 신호등을 가립니다')}"
    number = portal.matter(CITIZEN, JONGNO, "골목 보안등이 꺼졌습니다")
    own = f"/desk/matters/{number}"
    with portal.app.app_context():
        petition = current().scalars(select(Petition).where(Petition.number == number)).one()
        part, officer = petition.assignments[-1], actor_for(confirmed_by_address(OFFICER))
        take(officer, part, version=part.version)
        write_note(officer, part, text=NOTE)
        answers.save(officer, part, text=ANSWER, base_version=0)
    bench = portal.matter(CITIZEN, JONGNO, "공원에 의자를 놓아 주세요")
    retyped = f"/desk/matters/{bench}"
    with portal.app.app_context():
        petition = current().scalars(select(Petition).where(Petition.number == bench)).one()
        part = petition.assignments[-1]
        reclassify(officer, part, to_type="suggestion", reason="새로 놓아 달라는 요청이므로 건의입니다.",
                   version=part.version)
    return [
        Visit("reclassify", f"{empty}/type", OFFICER, desk=True),
        Visit("reclassify-wrong", f"{empty}/type", OFFICER, act=send_empty),
        Visit("reclassify-decide", f"{retyped}/type/decide", MANAGER, desk=True),
        Visit("reclassify-decide-wrong", f"{retyped}/type/decide", MANAGER, act=press),
        Visit("matter-retyped", f"/petitions/{bench}", CITIZEN),
        Visit("notes-empty", f"{empty}/notes", OFFICER), Visit("notes", f"{own}/notes", OFFICER, desk=True),
        Visit("notes-wrong", f"{own}/notes", OFFICER, act=send_empty),
        Visit("matter-with-notes", own, OFFICER),
        Visit("send-leaks", f"{own}/answer/send", OFFICER, desk=True),
        Visit("send-leaks-wrong", f"{own}/answer/send", OFFICER, act=press),
    ]

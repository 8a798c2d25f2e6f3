"""Personal data in what an office is about to say, without its own telephone numbers."""

from sqlalchemy import select, union

from civicportal.core.transactions import current
from civicportal.institutions.models import Department, Institution
from civicportal.petitions.leaks import Leak, LeakKind, dialled, find_leaks


def leaks_in(text: str) -> list[Leak]:
    """What was found in the text; numbers of institutions and departments are no secret."""
    found = find_leaks(text)
    phones = {dialled(leak.words) for leak in found if leak.kind is LeakKind.PHONE}
    if phones:
        phones &= _of_offices()
    return [leak for leak in found if leak.kind is not LeakKind.PHONE or dialled(leak.words) not in phones]


def _of_offices() -> set[str]:
    return {dialled(phone) for phone in current().scalars(union(
        select(Institution.phone).where(Institution.phone.is_not(None)),
        select(Department.phone).where(Department.phone.is_not(None)))) if phone}

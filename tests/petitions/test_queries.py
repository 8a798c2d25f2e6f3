"""Lists: filters that hold together, counts that agree, pages that show everything once."""

from datetime import timedelta

import pytest
import time_machine

from civicportal.accounts.queries import actor_for
from civicportal.core.clock import now
from civicportal.core.permissions import Role
from civicportal.core.transactions import atomic
from civicportal.petitions.queries.listing import Wanted, counts_by_state, holder, mine, published
from civicportal.petitions.states import PetitionState
from tests.factories.accounts import PersonFactory, staff
from tests.factories.institutions import InstitutionFactory, RegionFactory
from tests.factories.petitions import answered, filed, guest_filed, public_matter
from tests.factories.petitions import published as make_public

pytestmark = pytest.mark.usefixtures("app")


def titles(**wanted):
    return [row.title for row in published(Wanted(**wanted)).rows]


def named(title, **fields):
    return public_matter(title=title, **fields)[0]


def test_only_what_is_published_is_listed():
    filed(wants_public=True, title="pending")
    filed(title="private")
    guest_filed(wants_public=True)
    named("public")
    assert titles() == ["public"]
    assert sum(counts_by_state(Wanted()).values()) == 1


def test_filters_by_kind_state_institution_and_region():
    province = RegionFactory()
    district = RegionFactory(parent_code=province.code)
    named("a", type="proposal")
    named("b", region_code=district.code)
    petition, officer = public_matter(title="c")
    answered(petition, officer)
    code = petition.assignments[0].institution.code
    assert titles(type="proposal") == ["a"]
    assert titles(region=province.code) == ["b"]
    assert titles(region=district.code) == ["b"]
    assert titles(state=PetitionState.ANSWERED) == ["c"]
    assert titles(institution=code) == ["c"]
    assert titles(institution=code, type="proposal") == []
    assert titles(institution="nowhere", region="nowhere") == []


@pytest.mark.parametrize(("q", "found"), [
    ("street", ["Street lights 100%"]), ("LIGHTS street", ["Street lights 100%"]), ("100%", ["Street lights 100%"]),
    ("%", ["Street lights 100%"]), ("_", ["snake_case"]), ("가로등", ["가로등 수리"]), ("street 가로등", []),
    ("'; DROP TABLE petitions; --", []), ("\0", ["가로등 수리", "snake_case", "Street lights 100%"]),
])
def test_words_are_looked_for_literally(q, found):
    for title in ("Street lights 100%", "snake_case", "가로등 수리"):
        named(title, text="text")
    assert titles(q=q) == found


def test_a_number_finds_its_petition():
    petition = named("one")
    named("two")
    assert titles(q=petition.number) == ["one"]
    assert titles(q=petition.number.lower().replace("-", " ")) == ["one"]
    assert titles(q=filed().number) == []


def test_paging_shows_everything_once(app):
    size = app.config["SETTINGS"].page_size
    institution = InstitutionFactory()
    officer, author = staff(Role.OFFICER, institution), PersonFactory()
    with time_machine.travel(now(), tick=False):
        for number in range(size + 5):
            make_public(filed(author, institution, wants_public=True, title=f"n{number}"), officer)
    first = published(Wanted())
    second = published(Wanted(), cursor=first.next_cursor)
    seen = [row.title for row in (*first.rows, *second.rows)]
    assert (len(first.rows), len(second.rows), second.next_cursor) == (size, 5, None)
    assert seen == [f"n{number}" for number in reversed(range(size + 5))]
    assert sum(counts_by_state(Wanted()).values()) == size + 5
    assert [row.title for row in published(Wanted(), cursor="nonsense").rows] == seen[:size]


def test_counts_agree_with_the_lists():
    for number in range(3):
        petition, officer = public_matter(title=f"lamp {number}")
        if number:
            answered(petition, officer)
    wanted = Wanted(q="lamp")
    counts = counts_by_state(wanted)
    assert counts == {PetitionState.RECEIVED: 1, PetitionState.ANSWERED: 2}
    for state, count in counts.items():
        assert len(published(Wanted(q="lamp", state=state)).rows) == count
    assert counts_by_state(Wanted(q="lamp", state=PetitionState.ANSWERED)) == counts


def test_my_matters_are_mine_and_newest_first():
    author = PersonFactory()
    old = filed(author, title="old")
    with atomic():
        old.filed_at = now() - timedelta(days=3)
    filed(author, title="new")
    filed(title="somebody else's")
    assert [row.title for row in mine(actor_for(author)).rows] == ["new", "old"]


def test_who_holds_a_matter():
    institution = InstitutionFactory(name_en="Lamp Office")
    assert holder(filed(institution=institution), "en") == "Lamp Office"
    assert holder(filed(), "en") == "Portal team"
    assert holder(guest_filed(), "en") == ""

"""The page of a vote, the list and the feed: what they tell, to whom, and from when on."""

import re
from datetime import timedelta

import feedparser
import pytest

from civicportal.core import clock
from civicportal.core.clock import now
from civicportal.core.i18n import speaking
from civicportal.core.permissions import SYSTEM
from civicportal.voting.services.batches import make_batch
from civicportal.voting.services.closing import extend_box
from civicportal.voting.services.silence import declare_silence
from civicportal.voting.services.thresholds import set_policy
from civicportal.voting.states import PolicyKind, TieRule, Totals
from civicportal.voting.wording import instant_text
from tests.factories.accounts import PersonFactory, signed_in
from tests.factories.voting import BoxFactory, voters
from tests.voting.ballots import open_by_name
from tests.voting.held import START, Held, operator

PAGE = "/en/votes/library"


@pytest.fixture(autouse=True)
def signs(worker):
    """The test is a worker too."""


def words(answer):
    assert answer.status_code == 200
    text = re.sub(r"</?(span|strong|a|time)\b[^>]*>", "", answer.text.partition("<main")[2])
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def clock_text(instant):
    with speaking("en"):
        return instant_text(instant)


def shown(app, held, who=None, path=PAGE):
    with held.at():
        browser = signed_in(app, held.people[who]) if who is not None else app.test_client()
        return browser.get(path)


def two_are_enough():
    """A threshold of two yes votes, in force before any vote opens."""
    with clock.at(START - timedelta(days=2)):
        return set_policy(SYSTEM, scope="forum", kind=PolicyKind.NUMBER, value=2, min_level=1,
                          reason="Enough is enough.")


def test_the_page_is_the_same_for_all_who_are_not_signed_in(app):
    answer = shown(app, Held(3))
    assert answer.headers["Cache-Control"] == "public, max-age=30"
    assert "Set-Cookie" not in answer.headers
    assert "csrf" not in answer.text
    assert f"/en/sign-in?next={PAGE}" in answer.text


def test_the_countdown_is_in_words_with_the_zone(app):
    held = Held(3)
    assert "7 days left, closes Monday 11 May 2026, 09:00 (South Korea Time)" in words(shown(app, held))
    held.now = held.box.closes_at - timedelta(hours=1, minutes=30)
    assert "1 hour left, closes" in words(shown(app, held))
    held.now = held.box.closes_at - timedelta(seconds=20)
    assert "less than a minute left, closes" in words(shown(app, held))
    held.now = held.box.closes_at
    text = words(shown(app, held))
    assert "Closed Monday 11 May 2026, 09:00 (South Korea Time). The result is being checked." in text
    assert "Voting has ended." in text
    held.close()
    until = clock_text(held.box.counted_at + timedelta(days=7))
    assert f"The result is checked until {until} and then final." in words(shown(app, held))
    held.now = held.box.counted_at + timedelta(days=7)
    assert "The result is being checked." in words(shown(app, held))


def test_the_ballot_comes_before_everything_else_and_three_controls_make_it(app):
    page = shown(app, Held(3), who=0).text.partition("<main")[2]
    controls = re.findall(r'<(?:input(?![^>]*hidden)|button|a)\b[^>]*?(?:value="(\w+)"|href="([^"]+)"|(type="submit"))',
                          page)
    plain = ["".join(parts) for parts in controls]
    assert plain[1:5] == ["yes", "no", "abstain", 'type="submit"']


def test_totals_are_those_of_the_newest_head(app):
    held = Held(12)
    held.cast("yes", "yes", "no")
    assert "Yes 2" not in words(shown(app, held))
    held.batch()
    held.cast("no")
    answer = shown(app, held)
    text = words(answer)
    assert "As of head 2, signed" in text
    assert "Ballots are counted in batches" in text
    table = re.sub(r"\s+", "", answer.text)
    for row in ("Yes</th><tdclass=\"cp-table__number\">2</td>", "No</th><tdclass=\"cp-table__number\">1</td>",
                "Allvotes</th><tdclass=\"cp-table__number\">3</td>",
                "Couldvote</th><tdclass=\"cp-table__number\">12</td>"):
        assert row in table


def test_former_ballots_of_changed_votes_are_told_from_those_that_count(app):
    held = Held(6)
    held.cast("yes", "no")
    held.batch()
    assert "earlier ballot" not in words(shown(app, held))
    held.change(0, "no")
    held.batch()
    text = words(shown(app, held))
    assert "Of the 3 entries of the public log, 1 is an earlier ballot of a changed vote and is not counted." in text


def test_hidden_totals_show_nowhere_before_the_close(app):
    held = Held(6, totals=Totals.CLOSED, question="Where is the zebrafinch?")
    held.cast("yes", "yes", "yes", "no")
    held.batch()
    for path in (PAGE, "/en/votes", "/en/votes?sort=yes", "/en/votes/feed.xml", "/en/", f"{PAGE}/heads/2",
                 f"{PAGE}/log"):
        text = shown(app, held, path=path).text
        assert not re.search(r"Yes\s+3|>3<|Yes 3", text), path
    assert "Totals are shown after the vote has closed" in words(shown(app, held))
    assert "Totals are shown after the vote has closed" in words(shown(app, held, path="/en/votes"))
    assert "zebrafinch" not in shown(app, held, path="/en/votes?sort=yes").text
    held.close()
    assert "Yes 3" in words(shown(app, held, path="/en/votes"))
    assert "More yes than no: it is carried." in words(shown(app, held))


def test_a_silence_says_until_when_nothing_new_is_shown(app):
    held = Held(9)
    held.cast("yes", "yes", "yes")
    held.batch()
    held.now += timedelta(minutes=1)
    with held.at():
        declare_silence(operator(), title="General election", starts_at=None, ends_at=held.now + timedelta(days=2))
    held.cast("no", "no", "no")
    held.batch()
    text = words(shown(app, held))
    assert "As of head 2" in text
    assert "An election silence runs until Wednesday 6 May 2026" in text
    assert "An election silence runs until" in words(shown(app, held, path="/en/votes"))
    assert "No 3" not in shown(app, held, path="/en/votes/feed.xml").text


def test_a_threshold_is_shown_with_its_version_and_its_crossing(app):
    held = Held(9, policy_id=two_are_enough().id)
    text = words(shown(app, held))
    assert "0 yes votes, 2 needed" in words(shown(app, held, path="/en/votes"))
    assert "2 yes votes are enough." in text
    held.cast("yes", "yes", "no")
    held.batch()
    answer = shown(app, held)
    assert "Threshold reached: with 2 yes votes at head 2" in words(answer)
    assert "under version 1 of the threshold" in words(answer)
    assert f"{PAGE}/heads/2" in answer.text
    assert "/en/votes/thresholds#forum-1" in answer.text
    assert "At this head the threshold was reached." in words(shown(app, held, path=f"{PAGE}/heads/2"))


def test_a_tie_says_what_follows(app):
    held = Held(6, tie=TieRule.STATUS_QUO)
    held.cast("yes", "no")
    held.close()
    assert "Yes and no are equal: Things stay as they are." in words(shown(app, held))


def test_who_voted_is_printed_by_level_after_the_close(app):
    held = Held(6)
    held.cast("yes", "no", "yes", "abstain")
    assert "by how sure their identity is" not in words(shown(app, held))
    held.close()
    assert re.search(r"Address confirmed\s+4", words(shown(app, held)))


def test_an_extension_stands_there_with_its_reason(app):
    held = Held(3)
    with held.at():
        extend_box(operator(), held.box, closes_at=START + timedelta(days=9), reason="The portal was down for a day.")
    text = words(shown(app, held))
    assert "from Monday 11 May 2026, 09:00 (South Korea Time) to Wednesday 13 May 2026, 09:00" in text
    assert "Reason: The portal was down for a day." in text


def test_each_reader_has_one_way_on(app):
    held = Held(3)
    held.cast("yes")
    assert 'action="/en/votes/library/ballot"' in shown(app, held, who=1).text
    voted = words(shown(app, held, who=0))
    assert "You have voted." in voted
    assert "Change my vote" in voted
    with held.at():
        late = signed_in(app, PersonFactory()).get(PAGE)
    assert "You are not among those who may vote here." in words(late)


def test_a_vote_of_confirmed_identities_leads_to_confirming(app, client):
    held = Held(voters(3, level=2), min_level=2)
    with held.at():
        answer = signed_in(app, PersonFactory()).get(PAGE)
    assert "This vote counts each person once" in words(answer)
    assert "/en/account/identity" in answer.text
    assert "One vote per person" in words(answer)
    assert "not per person" not in words(answer)


def test_a_vote_of_addresses_says_that_it_counts_addresses(app):
    text = words(shown(app, Held(3)))
    assert "one vote per confirmed address, not per person" in text
    assert "whoever can read the database itself could link you to your ballot" in text
    assert "nobody can be kept from asking you to show it" in text
    assert "Not anchored outside yet." in text


def test_where_a_vote_comes_from_is_linked_in_the_readers_language(app):
    held = Held(3, subject_kind="task", subject_id=1, subject_path="/forum/T-2026-000001")
    assert 'href="/en/forum/T-2026-000001"' in shown(app, held).text
    assert 'href="/ko/forum/T-2026-000001"' in shown(app, held, path="/ko/votes/library").text


def test_members_votes_are_shown_by_name(app):
    people = [PersonFactory(name="Ahn Haneul"), PersonFactory(name="Baek Gaon")]
    held = Held(3)
    with held.at():
        box = open_by_name(*people)
        make_batch(box)
    text = words(shown(app, held, path=f"/en/votes/{box.slug}"))
    assert "The members of the committee vote here by name" in text
    assert "By name, in public" in text
    assert "not yet" in text


def test_a_planned_vote_says_when_it_opens_and_one_that_could_not_says_why(app, client):
    box = BoxFactory(slug="planned")
    assert "Voting has not begun." in words(client.get("/en/votes/planned"))
    assert "Opens" in words(client.get("/en/votes/planned"))
    assert box.slug in client.get("/en/votes?state=planned").text
    assert client.get("/en/votes/planned/log").status_code == 404
    assert client.get("/en/votes/planned/check").status_code == 404


def test_nothing_at_an_address_that_is_no_vote(client):
    for path in ("", "/log", "/check", "/claim", "/heads/1", "/files/box.json", "/consistency/1/2"):
        assert client.get(f"/en/votes/nothing{path}").status_code == 404


# The list.


def test_the_list_puts_what_closes_next_first_and_then_what_ended_last(app, client):
    for number, (state, days) in enumerate([("open", 3), ("open", 1), ("final", -5), ("final", -2), ("void", -9)]):
        BoxFactory(slug=f"box-of-{number}", state=state, opens_at=START - timedelta(days=30),
                   closes_at=START + timedelta(days=days), opened_at=START - timedelta(days=30))
    text = client.get("/en/votes").text
    order = [int(number) for number in re.findall(r'href="/en/votes/box-of-(\d)"', text)]
    assert order == [1, 0, 3, 2, 4]
    assert client.get("/en/votes").headers["Cache-Control"].startswith("public")
    ended = client.get("/en/votes?state=ended").text
    assert re.findall(r'href="/en/votes/box-of-(\d)"', ended) == ["3", "2", "4"]


def test_votes_of_committees_come_last_and_say_who_votes(app, client):
    voters(1)
    motion = open_by_name(PersonFactory(name="Kim Hana"), closes_at=now() + timedelta(days=1))
    BoxFactory(slug="ours", state="open", opened_at=now(), closes_at=now() + timedelta(days=3))
    for path in ("/en/votes", "/en/"):
        text = client.get(path).text
        assert re.findall(r'href="/en/votes/(ours|motion-1)"', text) == ["ours", "motion-1"]
        assert text.count("Only committee members vote") == 1
    assert motion.slug == "motion-1"


def test_a_planned_vote_has_no_bar_yet(client):
    BoxFactory(slug="planned", policy_id=two_are_enough().id)
    assert "2 needed" not in client.get("/en/votes").text


def test_the_list_is_paged_by_key_and_nothing_is_shown_twice(app, client):
    for number in range(45):
        BoxFactory(slug=f"many-{number:02}", state="open", closes_at=START + timedelta(days=number // 2))
    found, path = [], "/en/votes?state=open"
    while path:
        text = client.get(path).text
        found += re.findall(r'href="/en/votes/many-(\d+)"', text)
        more = re.search(r'href="([^"]+)" rel="next"', text)
        path = more[1].replace("&amp;", "&") if more else None
    assert found == [f"{number:02}" for number in range(45)]


def test_the_list_finds_words_of_the_question_and_keeps_foreign_words_out(client):
    BoxFactory(slug="bench", question="More benches in the park?")
    BoxFactory(slug="lamp", question="More lamps?")
    text = client.get("/en/votes?q=benches").text
    assert "/en/votes/bench" in text
    assert "/en/votes/lamp" not in text
    for query in ("state=zzz", "after=zzz&state=open", "sort=yes&after=1.2.3", "sort=zzz", "q=%00"):
        assert client.get(f"/en/votes?{query}").status_code == 200


def test_most_yes_goes_by_published_totals(app):
    held = Held(12, slug="many-yes", closes_at=START + timedelta(days=9))
    held.cast("yes", "yes", "yes", "no")
    other = Held(held.people, slug="few-yes")
    other.cast("no", "no", "yes")
    for one in (held, other):
        one.batch()
    text = shown(app, held, path="/en/votes?sort=yes").text
    assert re.findall(r'href="/en/votes/(\w+-yes)"', text) == ["many-yes", "few-yes"]


def test_an_empty_list_teaches(client):
    assert "No votes here yet" in words(client.get("/en/votes"))


def test_the_home_page_shows_what_is_being_decided(app):
    held = Held(12)
    held.cast("yes", "yes", "no")
    held.batch()
    text = words(shown(app, held, path="/en/"))
    assert "Should the library open on Sundays?" in text
    assert "Yes 2 · No 1 · Abstain 0" in text


# The feed.


def test_the_feed_is_well_formed_and_moves_with_the_vote_only(app):
    held = Held(12, question="Benches & <lamps> \ufffe]]>?")
    held.cast("yes", "yes", "no")
    held.batch()
    first = shown(app, held, path="/en/votes/feed.xml")
    [entry] = read(first).entries
    assert entry.title == "Benches & <lamps> ]]>?"
    assert entry.link == "http://localhost/en/votes/library"
    assert "Yes 2 · No 1 · Abstain 0" in entry.summary
    held.now += timedelta(hours=3)
    again = shown(app, held, path="/en/votes/feed.xml")
    assert again.data == first.data
    held.cast("no", "no", "no")
    held.batch()
    assert read(shown(app, held, path="/en/votes/feed.xml")).entries[0].updated > entry.updated


def read(answer):
    feed = feedparser.parse(answer.data)
    assert answer.mimetype == "application/atom+xml"
    assert not feed.bozo, feed.get("bozo_exception")
    return feed


# Thresholds and keys.


def test_every_version_of_a_threshold_stands_there_with_its_reason(app, client):
    two_are_enough()
    set_policy(SYSTEM, scope="forum", kind=PolicyKind.SHARE, value=10, min_level=2, reason="More than before.")
    text = words(client.get("/en/votes/thresholds"))
    assert text.index("Version 2 · in force") < text.index("Version 1")
    assert "Yes votes of 10% of those who may vote are enough." in text
    assert "Enough is enough." in text
    assert "More than before." in text


def test_the_keys_are_public(app):
    held = Held(3)
    text = shown(app, held, path="/en/votes/keys").text
    assert "localhost/log/test+" in text
    assert words(shown(app, held, path="/en/votes/keys")).count("In use.") >= 1

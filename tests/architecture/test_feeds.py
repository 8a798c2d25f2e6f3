"""Every feed is well formed, whatever people write into titles, names and texts."""

import feedparser
import pytest

from civicportal.petitions.reasons import RemovalReason
from civicportal.petitions.services import removal
from tests.architecture.test_doors import path_to, rules
from tests.factories.accounts import PersonFactory
from tests.factories.forum import submitted
from tests.factories.petitions import operator, public_matter
from tests.factories.voting import open_secret_box

ODD = "Trees \uffff\ufffe\x0b\x1b ]]> & <b> &#xffff;"
SEEN = "Trees ]]> & <b> &#xffff;"


@pytest.fixture
def numbers(app):
    """What stands in the addresses of feeds, of things that are named oddly."""
    person = PersonFactory(name=f"Jane {ODD}")
    open_secret_box(0, question=ODD)
    removal.remove(operator(), public_matter(person)[0], reason=RemovalReason.MISTAKE, authority=ODD)
    return {"forum": submitted(person, title=ODD, problem=ODD).number,
            "petitions": public_matter(person, title=ODD, text=ODD)[0].number, "voting": None}


def test_odd_characters_break_no_feed(app, client, numbers):
    seen = []
    for rule in (rule for rule in rules(app) if "feed." in rule.rule):
        values = {"number": numbers[rule.endpoint.partition(".")[0]]} if "number" in rule.arguments else {}
        feed = feedparser.parse(client.get(path_to(app, rule.endpoint, values)).data, sanitize_html=False)
        assert not feed.bozo, (rule.endpoint, feed.get("bozo_exception"))
        for one in [feed.feed] if values else feed.entries:
            words = one.summary if "removals" in rule.rule else one.title
            seen.append((rule.endpoint, SEEN in " ".join(words.split())))
    assert sorted(seen) == [(endpoint, True) for endpoint in (
        "forum.feed", "forum.task_feed", "petitions.feed", "petitions.petition_feed", "petitions.removals_feed",
        "voting.feed")]

"""Heads go out by mail to whoever asked, once each; a log is anchored when somebody outside confirms to keep it."""

import pytest
from sqlalchemy import select

from civicportal.accounts.models import Person
from civicportal.accounts.passwords import hash_password
from civicportal.accounts.queries import actor_for
from civicportal.accounts.services import delete_account
from civicportal.core.errors import Conflict, Forbidden, NotFound
from civicportal.core.permissions import Actor
from civicportal.core.transactions import atomic, current
from civicportal.notifications.models import OutboxMessage
from civicportal.notifications.rendering import letter
from civicportal.notifications.services import _signature, opt_out
from civicportal.voting.models import Observer
from civicportal.voting.notes import Verifier
from civicportal.voting.queries.log import keys
from civicportal.voting.queries.trust import Anchoring, anchoring
from civicportal.voting.services.trust import confirm_head, mail_heads, observe, unobserve
from civicportal.voting.states import KeyPurpose, Totals
from tests.factories.accounts import PersonFactory
from tests.voting.held import Held

pytestmark = pytest.mark.usefixtures("worker")


def mails():
    current().rollback()
    return current().scalars(
        select(OutboxMessage).where(OutboxMessage.slug == "voting.head").order_by(OutboxMessage.id)).all()


def numbers(person):
    return [mail.context["number"] for mail in mails() if mail.person_id == person.id]


def test_an_observer_gets_the_present_head_and_each_new_one_once(app):
    held, watcher = Held(), PersonFactory()
    held.cast("yes")
    held.batch()
    observe(actor_for(watcher), held.box)
    assert mail_heads() == 1
    assert numbers(watcher) == [2]
    held.cast("no")
    held.batch()
    held.cast("no")
    held.batch()
    assert (mail_heads(), mail_heads()) == (2, 0)
    assert numbers(watcher) == [2, 3, 4]
    held.close()
    mail_heads()
    assert numbers(watcher) == [2, 3, 4, 5]


def test_the_mail_holds_the_signed_head_and_no_counts(app):
    held, watcher = Held(totals=Totals.CLOSED), PersonFactory(locale="en")
    held.cast("yes", "yes", "no")
    held.batch()
    observe(actor_for(watcher), held.box)
    mail_heads()
    (mail,) = mails()
    written = letter(mail.slug, mail.locale, mail.context)
    start, end = written.text.index("localhost/votes/library"), written.text.index("\n\nKeep this mail")
    note = written.text[start:end] + "\n"
    assert Verifier.from_vkey(keys(KeyPurpose.LOG)[0].vkey).verify(note).startswith("localhost/votes/library\n3\n")
    assert mail.optional
    assert mail.channel == "email"
    for name in ("counts", "tally", "yes"):
        assert name not in str(mail.context), name


def test_a_mail_that_was_stopped_starts_again_when_asked_for(app):
    held, watcher = Held(), PersonFactory()
    observe(actor_for(watcher), held.box)
    mail_heads()
    (first,) = mails()
    opt_out(first.id, _signature(first))
    held.cast("yes")
    held.batch()
    mail_heads()
    assert numbers(watcher) == [1]
    observe(actor_for(watcher), held.box)
    held.cast("yes")
    held.batch()
    mail_heads()
    assert numbers(watcher) == [1, 3]


def test_a_log_is_anchored_by_whoever_confirms_the_newest_head(app):
    held, people = Held(), PersonFactory.create_batch(3)
    actors = [actor_for(person) for person in people]
    assert anchoring(held.box_id) == Anchoring(0, None, 0)
    for actor in actors:
        observe(actor, held.box)
        observe(actor, held.box)
    assert anchoring(held.box_id) == Anchoring(3, None, 0)
    held.cast("yes")
    held.batch()
    confirm_head(actors[0], held.box, 1)
    confirm_head(actors[1], held.box, 1)
    assert anchoring(held.box_id) == Anchoring(3, 1, 2)
    confirm_head(actors[1], held.box, 2)
    confirm_head(actors[1], held.box, 1)  # an older one takes nothing back
    assert anchoring(held.box_id) == Anchoring(3, 2, 1)
    unobserve(actors[1], held.box)
    assert anchoring(held.box_id) == Anchoring(2, 1, 1)


def test_only_observers_confirm_and_only_heads_that_are_there(app):
    held, watcher = Held(), PersonFactory()
    with pytest.raises(Forbidden):
        confirm_head(actor_for(watcher), held.box, 1)
    observe(actor_for(watcher), held.box)
    with pytest.raises(NotFound):
        confirm_head(actor_for(watcher), held.box, 2)


def test_observing_needs_a_confirmed_address_and_a_vote_that_goes_on(app):
    held = Held()
    with pytest.raises(Forbidden):
        observe(Actor(person_id=PersonFactory(level=0).id), held.box)
    held.cast("yes")
    held.close()
    held.finish()
    with pytest.raises(Conflict):
        observe(actor_for(PersonFactory()), held.box)


def test_who_has_no_account_any_more_observes_nothing(app):
    held = Held()
    watcher = PersonFactory(password_hash=hash_password("a long password"))
    observe(actor_for(watcher), held.box)
    with atomic() as session:
        delete_account(actor_for(watcher), session.get_one(Person, watcher.id), current_password="a long password")
    assert current().scalars(select(Observer)).all() == []
    held.cast("yes")
    held.batch()
    assert mail_heads() == 0

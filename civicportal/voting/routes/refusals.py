"""Pages for ballots that were not taken: what happened, that nothing was lost or changed, and the one way on."""

from dataclasses import dataclass

from flask import Response, make_response, render_template, url_for

from civicportal.core.errors import Conflict, DomainError, Forbidden
from civicportal.core.i18n import _
from civicportal.core.web.headers import seal
from civicportal.voting.models import Box
from civicportal.voting.services import AlreadyVoted, BoxClosed, Interrupted, NotEligible, NotOpenYet
from civicportal.voting.states import BoxState
from civicportal.voting.wording import instant_text

REFUSED = (Conflict, Forbidden)
Links = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Refusal:
    """What a page says. `links`: (address, text)."""

    title: str
    sentences: tuple[str, ...]
    links: Links


def page(box: Box, error: DomainError) -> Response:
    """The page for what casting refused."""
    return _answer(box, _refusal(box, error), error.status)


def not_signed_in(box: Box) -> Response:
    """Nobody is signed in. What was chosen is put nowhere, so that no sign-in carries it."""
    back = url_for("voting.show", slug=box.slug)
    refusal = Refusal(_("Sign in to vote"), (
        _("You are not signed in any more, so nothing was counted and nothing has changed."),
        _("Your choice was not kept anywhere. Sign in, and choose again on the page of the vote.")),
        ((url_for("accounts.sign_in", next=back), _("Sign in and come back")),))
    return _answer(box, refusal, 401)


def fixed(box: Box) -> Response:
    """A vote that does not let anybody change a ballot."""
    refusal = Refusal(_("This vote cannot be changed"), (
        _("By its rules a ballot stays as it was cast. Nothing has changed."),), (_vote(box),))
    return _answer(box, refusal, 409)


def _refusal(box: Box, error: DomainError) -> Refusal:
    if isinstance(error, AlreadyVoted):
        return _already(box)
    if isinstance(error, BoxClosed):
        return _closed(box)
    if isinstance(error, Interrupted):
        return Refusal(_("This vote is interrupted"), (
            _("Nothing was cast. The page of the vote says why, and when it goes on."),), (_vote(box),))
    if isinstance(error, NotOpenYet):
        return Refusal(_("Voting has not begun"), (
            _("This vote opens %(moment)s. Nothing was counted; you can vote from then on.",
              moment=instant_text(box.opens_at)),), (_vote(box),))
    if isinstance(error, NotEligible):
        return Refusal(_("You cannot vote here"), (str(error.message), _("Nothing else has changed.")),
                       ((_vote(box)[0], _("Why, and what you can do")),))
    return Refusal(_("This was not done"), (str(error.message), _("Your vote is as it was before.")), (_vote(box),))


def _already(box: Box) -> Refusal:
    sentences: tuple[str, ...] = (_("Your first vote counts. It is unchanged, and what you sent now was not counted."),)
    mine = (url_for("voting.mine", slug=box.slug), _("My key: see that I voted, or say that I did not"))
    if not box.may_change:
        return Refusal(_("You have already voted"), sentences, (mine, _vote(box)))
    sentences += (_("To change it, use the tracker and the change secret that came with your receipt."),)
    change = (url_for("voting.change", slug=box.slug), _("Change my vote"))
    return Refusal(_("You have already voted"), sentences, (change, mine, _vote(box)))


def _closed(box: Box) -> Refusal:
    if box.state is BoxState.VOID:
        return Refusal(_("This vote is void"), (
            _("It counts no more, so your ballot was not taken. Nothing else has changed."),), (_vote(box),))
    return Refusal(_("Voting has ended"), (
        _("This vote closed %(moment)s. What you sent came after that and was not counted.",
          moment=instant_text(box.closes_at)),
        _("If you voted before, that vote counts and is unchanged.")), (_vote(box),))


def _vote(box: Box) -> tuple[str, str]:
    return url_for("voting.show", slug=box.slug), _("Back to the vote")


def _answer(box: Box, refusal: Refusal, status: int) -> Response:
    return seal(make_response(render_template("voting/refused.html", box=box, refusal=refusal), status))

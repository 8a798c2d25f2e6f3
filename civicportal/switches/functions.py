"""What can be switched off, what people are told then, and on which pages."""

from dataclasses import dataclass

from civicportal.core.i18n import lazy
from civicportal.core.titles import TitledEnum


class Function(TitledEnum):
    """A part of the portal with a switch. `CHANGES` is read-only mode: everything but mail stands still with it."""

    CHANGES = "changes", lazy("Every change (read-only mode)")
    FILING = "filing", lazy("Filing")
    VOTING = "voting", lazy("Voting")
    PUBLISHING = "publishing", lazy("Publishing")
    MAIL = "mail", lazy("E-mail")


@dataclass(frozen=True)
class Notice:
    """What the public reads while a function is off. `title`: what does not work. `meanwhile`: what people can do.

    `blueprints`: whose pages are affected; empty for all pages.
    """

    title: object
    meanwhile: object
    blueprints: frozenset[str] = frozenset()


NOTICES: dict[Function, Notice] = {
    Function.CHANGES: Notice(
        lazy("You can read everything here, but change nothing for now."),
        lazy("Drafts that were saved stay. If you are writing just now, leave the page open and send it later: nothing "
             "you typed is lost.")),
    Function.FILING: Notice(
        lazy("Nothing can be filed for now."),
        lazy("You can go on writing: drafts are saved and stay until you can send them."),
        frozenset({"pages", "petitions", "forum"})),
    Function.VOTING: Notice(
        lazy("Nobody can vote for now."),
        lazy("Ballots that were cast count. A vote that would close meanwhile, or soon after, is given more time."),
        frozenset({"pages", "voting", "forum", "committee"})),
    Function.PUBLISHING: Notice(
        lazy("Nothing new is published for now."),
        lazy("You can write and file as usual, and institutions answer as usual."),
        frozenset({"pages", "petitions", "forum"})),
    Function.MAIL: Notice(
        lazy("E-mails come later than usual."),
        lazy("None is lost: they are sent afterwards. A link or code may have run out by then; ask for a new one. With "
             "your password you can sign in now."),
        frozenset({"pages", "accounts", "petitions", "notifications"})),
}

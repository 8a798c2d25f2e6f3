"""The mailbox of the whole portal, in development only: what would have been sent."""

import re
from pathlib import Path

import nh3
from flask import Blueprint, current_app, render_template, request
from markupsafe import Markup

from civicportal.core.errors import NotFound
from civicportal.core.web.access import public
from civicportal.notifications import mailbox

blueprint = Blueprint("mailbox", __name__)
MAILS_SHOWN = 100
_LINKS = {"a": {"class": "govuk-link"}}
_HEADINGS = re.compile(r"(</?)h([1-6])\b")


@blueprint.get("/mailbox")
@public
def listing() -> str:
    """All mails, the newest first; `?to=` shows those to one address."""
    to = request.args.get("to", "")
    mails = mailbox.mails(_folder(), to)[:MAILS_SHOWN]
    return render_template("notifications/mailbox.html", mails=mails, to=to)


@blueprint.get("/mailbox/<string:name>")
@public
def show(name: str) -> str:
    """One mail: what its text part and its HTML part look like."""
    found = mailbox.mail(_folder(), name)
    if found is None:
        raise NotFound
    return render_template("notifications/mailbox_mail.html", mail=found, html=_inset(found.html))


def _inset(html: str) -> Markup:
    """The body of an HTML mail, harmless, with headings below those of the page around it."""
    _head, _mark, body = html.partition("<body>")
    lowered = _HEADINGS.sub(lambda found: f"{found[1]}h{min(6, int(found[2]) + 2)}", body or html)
    return Markup(nh3.clean(lowered, link_rel=None, set_tag_attribute_values=_LINKS))  # noqa: S704 - cleaned on the spot


def _folder() -> Path:
    return Path(current_app.config["SETTINGS"].instance_path) / "mail"

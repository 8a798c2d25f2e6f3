"""Messages on their way, with letters of the tests' own."""

from typing import Any

from sqlalchemy import select

from civicportal.core.transactions import atomic, current
from civicportal.notifications import services
from civicportal.notifications.models import Message, OutboxMessage, Recipient

LETTERS = {
    "testing/emails/hello/subject.txt":
        "{% if current_locale() == 'ko' %}안녕하세요 {{ name }}{% else %}Hello {{ name }}{% endif %}\n",
    "testing/emails/hello/body.txt":
        "{% extends 'layouts/mail.txt' %}{% block content %}Dear {{ name }},\nread on.\n\n\n\n"
        "{{ link('notifications.listing') }}   \n{% endblock %}",
    "testing/emails/hello/body.html":
        "{% extends 'layouts/mail.html' %}{% block content %}<h1>Hello</h1><p>{{ name }}</p>"
        "<p><a href=\"{{ link('notifications.listing') }}\">Notices</a></p>{% endblock %}",
    "testing/emails/secret/subject.txt": "Your code",
    "testing/emails/secret/body.txt": "{{ token }} {{ code }}",
    "testing/emails/secret/body.html": "<p>{{ token }} {{ code }}</p>",
    "testing/emails/broken/subject.txt": "{{ 1 // 0 }}",
    "testing/emails/broken/body.txt": "",
    "testing/emails/broken/body.html": "",
}


def message(person_id: int = 1, *, address: str = "reader@example.org", locale: str = "en", **given: Any) -> Message:
    """A message to one person; `given` replaces any field."""
    fields: dict[str, Any] = {"event": "test:1", "slug": "testing.hello", "context": {"name": "Ada"}} | given
    return Message(recipient=Recipient(person_id, address, locale), **fields)


def sent(**given: Any) -> OutboxMessage:
    """The outbox row of a message by mail alone, committed."""
    return send(message(**{"channels": ("email",), **given}))[-1]


def send(what: Message) -> list[OutboxMessage]:
    """Send within a transaction of its own; all rows of the outbox."""
    with atomic():
        services.send(what)
    return rows()


def rows() -> list[OutboxMessage]:
    """The outbox as it is now in the database."""
    current().rollback()
    current().expire_all()
    return list(current().scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

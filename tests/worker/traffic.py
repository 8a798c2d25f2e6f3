"""Writes messages into the outbox as a request would: `python -m tests.worker.traffic FIRST COUNT`."""

import sys

from civicportal.app import create_app
from civicportal.core.transactions import atomic
from civicportal.notifications import services
from civicportal.notifications.models import Message, Recipient
from config import from_env


def main(first: int, count: int) -> None:
    """One message in a transaction of its own for each number."""
    with create_app(from_env(process="cli")).app_context():
        for number in range(first, first + count):
            with atomic():
                services.send(Message(
                    event=f"traffic:{number}", recipient=Recipient(number, f"reader{number}@example.org", "ko"),
                    slug="accounts.sign_in_code", context={"minutes": 10}, channels=("email",),
                    token={"purpose": "sign_in_code", "selector": str(number), "nonce": "n"},
                ))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

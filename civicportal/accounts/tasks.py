"""Background tasks of accounts."""

from civicportal.accounts import services
from civicportal.core.tasks import enqueue, task
from civicportal.core.transactions import atomic


@task("accounts.answer_request")
def answer_request(request_id: int) -> None:
    """Answer one request for mail."""
    services.answer_request(request_id)


@task("accounts.answer_requests")
def answer_requests() -> None:
    """Ask again for requests whose task was lost. Every half minute."""
    with atomic():
        for request_id in services.waiting_requests():
            enqueue("accounts.answer_request", request_id)


@task("accounts.purge")
def purge() -> None:
    """Delete what has run out. Every hour."""
    services.purge()

"""What beat does when, as data. Clock times are UTC; `expires` drops a tick that found no worker in time (seconds)."""

from datetime import timedelta
from typing import Any

from civicportal.core.tasks import crontab


def _every(task: str, seconds: int) -> dict[str, Any]:
    return {"task": task, "schedule": timedelta(seconds=seconds), "options": {"expires": seconds}}


SCHEDULE: dict[str, dict[str, Any]] = {
    # what was forgotten because a broker message was lost, or is to be tried again
    "sweep the outbox": _every("notifications.sweep", 10),
    "answer requests for mail": _every("accounts.answer_requests", 30),
    "scan files that were not": _every("petitions.scan_missing", 60),
    "make missing copies of files": _every("petitions.derive_missing", 60),
    "tell followers of tasks": _every("forum.tell_missing", 60),
    "keep the public record": _every("petitions.keep_record", 60),
    # votes, by the clock
    "open votes": _every("voting.open_due", 10),
    "admit newcomers to votes": _every("voting.admit_newcomers", 60),
    "log ballots and sign heads": _every("voting.make_batches", 30),
    "keep votes from closing in a silence": _every("voting.keep_silences", 30),
    "give votes back the time they lost": _every("voting.make_up", 30),
    "close and count votes": _every("voting.close_due", 10),
    "compare heads with thresholds": _every("voting.judge_due", 10),
    "compare the votes of a month": _every("voting.hold_rounds", 60),
    "make counts final": _every("voting.finish_due", 300),
    "publish signing keys": _every("voting.record_keys", 60),
    "mail heads to observers": _every("voting.mail_heads", 60),
    "find ballots that were missed": _every("voting.find_claims", 60),
    # the Committee
    "queue what waited for a committee": _every("committee.queue_waiting", 300),
    # what has run out
    "remind of unconfirmed petitions": {"task": "petitions.remind_unconfirmed", "schedule": crontab(minute="5")},
    "delete unconfirmed petitions": {"task": "petitions.purge_unconfirmed", "schedule": crontab(minute="15")},
    "end invitations nobody accepted": {"task": "petitions.lapse_invitations", "schedule": crontab(minute="20")},
    "delete expired sign-ins and links": {"task": "accounts.purge", "schedule": crontab(minute="25")},
    "list erased accounts": _every("retention.list_erasures", 300),
    "let go what was kept long enough": {"task": "retention.run", "schedule": crontab(hour="17", minute="45")},
    "delete files that nothing names": {"task": "petitions.sweep_orphans", "schedule": crontab(hour="19", minute="5")},
    "delete drafts left alone": {"task": "petitions.purge_drafts", "schedule": crontab(hour="18", minute="35")},
}

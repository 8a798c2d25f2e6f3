"""How much one person may propose, and how often a text may change: readers, reviewers and pages bear it."""

from datetime import timedelta

from sqlalchemy import func, or_, select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.errors import Conflict
from civicportal.core.i18n import _
from civicportal.core.permissions import Actor
from civicportal.core.transactions import current
from civicportal.forum.models import Task
from civicportal.forum.states import ENDED, Origin


def check_tasks(actor: Actor) -> None:
    """Raise Conflict when a person has as many tasks as one may have.

    Those under way count, and those that were submitted in the last `tasks_days` days, whatever became of them.
    """
    most, days = settings().tasks_per_person, settings().tasks_days
    running = Task.state.not_in(ENDED)
    mine = select(func.count()).select_from(Task).where(
        Task.author_id == actor.person_id, Task.origin != Origin.GOVERNMENT)
    count = current().scalar(mine.where(running)) or 0
    if count >= most:
        raise Conflict(_("You have %(count)s tasks under way. Wait until one has ended, or withdraw one.", count=count))
    count = current().scalar(mine.where(or_(running, Task.submitted_at > now() - timedelta(days=days)))) or 0
    if count >= most:
        raise Conflict(_("You have %(count)s tasks that are under way or were submitted in the last %(days)s days. "
                         "That is the most for one person. Please wait some days.", count=count, days=days))


def check_versions(task: Task) -> None:
    """Raise Conflict when a public text has changed as often as it may, on one day or altogether."""
    most, daily = settings().versions_per_task, settings().versions_per_day
    if len(task.versions) >= most:
        raise Conflict(_("This text has been changed so often that it can change no more: it has %(count)s versions.",
                         count=len(task.versions)))
    day = now() - timedelta(days=1)
    if sum(version.number > 1 and version.created_at > day for version in task.versions) >= daily:
        raise Conflict(_("This text was changed %(count)s times within a day. Please go on tomorrow.", count=daily))

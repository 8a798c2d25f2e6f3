"""The same routine for many votes, one after the other."""

import logging
from collections.abc import Callable, Sequence

from civicportal.core.failures import places
from civicportal.core.transactions import current
from civicportal.voting.models import Box

logger = logging.getLogger(__name__)


def each_box(ids: Sequence[int], work: Callable[[Box], object]) -> None:
    """Do `work` to every box, each in transactions of its own. One that fails does not keep the next from its turn.

    Raises ExceptionGroup of all failures at the end.
    """
    failures = []
    for box_id in ids:
        try:
            box = current().get_one(Box, box_id)
            work(box)
        except Exception as failure:
            logger.error("box %d: %s", box_id, places(failure))  # its message could repeat a ballot
            failures.append(failure)
            current().rollback()  # an error of the database ends its transaction
    if failures:
        raise ExceptionGroup("some votes must wait for the next turn", failures)

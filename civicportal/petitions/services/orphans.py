"""Files in the store that no row names: left behind by a process that died between the two."""

import logging
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from itertools import islice

from sqlalchemy import select

from civicportal.core.clock import now
from civicportal.core.configuration import settings
from civicportal.core.storage import KEEPERS, keeper
from civicportal.core.transactions import current
from civicportal.petitions.models import PetitionFile
from civicportal.petitions.services.files import storage
from civicportal.petitions.services.uploads import forget_stale

BATCH = 500
log = logging.getLogger(__name__)


@keeper
def keys_of_files(keys: Collection[str]) -> set[str]:
    """The keys of originals and copies."""
    columns = (PetitionFile.storage_key, PetitionFile.shown_key)
    return {str(key) for column in columns for key in current().scalars(select(column).where(column.in_(keys)))}


def sweep_orphans() -> int:
    """Delete what has been in the store for `orphan_hours` hours and no package needs. Returns how many."""
    forget_stale()
    before, store, swept = now() - timedelta(hours=settings().orphan_hours), storage(), 0
    for keys in _batches(key for key, at in store.entries() if at < before):
        needed = set().union(*(known(keys) for known in KEEPERS))
        for key in set(keys) - needed:
            store.delete(key)
            swept += 1
    if swept:
        log.info("%s files that nothing named were deleted", swept)
    return swept


def _batches(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch

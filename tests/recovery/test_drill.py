"""The drill on a small scale: a portal is destroyed, comes back elsewhere, and receipts close what the backup lacks."""

import pytest

from tests import needs
from tests.cluster import programs
from tests.drill.rehearsal import rehearse

FILINGS, AFTER_THE_BACKUP = 100, 5
pytestmark = pytest.mark.processes


@pytest.mark.parametrize("service", ["sqlite", "postgresql"])
def test_everything_that_was_filed_is_there_again(tmp_path, service):
    needs.need(service == "sqlite" or programs(), "a PostgreSQL server to start")
    report = rehearse(tmp_path, service, FILINGS)
    assert report.back == report.lost
    assert report.lost == AFTER_THE_BACKUP if service == "sqlite" else report.lost <= AFTER_THE_BACKUP
    assert report.window > 0
    if service == "sqlite":
        assert f"Ballots back, as they were signed: {AFTER_THE_BACKUP}." in report.ballots
        assert f"{AFTER_THE_BACKUP} people who have voted are no longer on the list" in report.ballots
    assert any("minutes from the destruction" in line for line in report.lines())

"""The demo content that ships with the portal."""

from pathlib import Path

from civicportal.core.permissions import SYSTEM
from civicportal.institutions.csv_rows import institution_format, read_remits
from civicportal.institutions.services.imports import ImportReport, import_institutions, import_regions

FOLDER = Path(__file__).resolve().parents[1] / "demo"


def load_demo() -> tuple[ImportReport, ImportReport]:
    """Import the demo regions and institutions; a second time changes nothing. Returns both reports."""
    regions = import_regions(SYSTEM, FOLDER / "regions.csv")
    remits = read_remits(FOLDER / "remits.csv")
    return regions, import_institutions(SYSTEM, FOLDER / "institutions.csv", institution_format(remits))

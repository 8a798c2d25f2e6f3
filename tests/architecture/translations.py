"""Says whether every text of the portal is in every catalogue: `python -m tests.architecture.translations`."""

import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = ROOT / "civicportal" / "translations"


def problems() -> list[str]:
    """One line for each text a catalogue lacks, has unsure or without its placeholders, and for a missing header."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        subprocess.run(
            [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "--mapping-file", "babel.cfg",
             "--keywords", "lazy _ ngettext:1,2", "--output", str(template), "."], cwd=ROOT, check=True)
        with template.open("rb") as file:
            wanted = read_po(file)
    found = []
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/messages.po")):
        locale = path.parts[-3]
        with path.open("rb") as file:
            catalogue = read_po(file, locale=locale)
        found += [f"{locale}: the header is missing, so nothing is compiled"] if catalogue.fuzzy else []
        for message in wanted:
            if message.id:
                found += [f"{locale}: {line}" for line in _check(message, catalogue.get(message.id), locale)]
        found += [f"{locale}: {error}" for _, errors in catalogue.check() for error in errors]
    return found


def _check(message, translated, locale: str) -> list[str]:
    if locale == "en":
        return []  # the texts in the code are English
    name = message.id if isinstance(message.id, str) else message.id[0]
    if translated is None or not (translated.string if isinstance(translated.string, str) else all(translated.string)):
        return [f"missing: {name[:90]!r}"]
    return [f"unsure: {name[:90]!r}"] if translated.fuzzy else []


if __name__ == "__main__":
    lines = problems()
    sys.stdout.write("".join(f"{line}\n" for line in lines) or "translations are complete\n")
    sys.exit(1 if lines else 0)

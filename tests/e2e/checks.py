"""What must hold on every page: axe, valid HTML, nothing wider than the screen, nothing red in the console."""

import json
import subprocess
from pathlib import Path

from playwright.sync_api import Page

from tests.needs import HTML_VALIDATE, ROOT

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def axe_findings(page: Page) -> list[str]:
    """One line for each thing that axe finds wrong; a page without script is given it for this check only."""
    page.evaluate(AXE)
    result = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)
    return [
        f"{rule['id']}: {node['html'][:120]} ({node['failureSummary'][:160]})"
        for rule in result["violations"] for node in rule["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """Elements that stick out of the screen, if the page as a whole can be scrolled sideways."""
    return page.evaluate("""() => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width) return [];
        return [...document.querySelectorAll('main *, header *, footer *')]
            .filter(item => item.getBoundingClientRect().right > width + 1)
            .slice(0, 5).map(item => item.outerHTML.slice(0, 120));
    }""")


def html_findings(pages: dict[str, str], folder: Path) -> list[str]:
    """What html-validate finds in the pages (name -> source)."""
    for name, source in pages.items():
        (folder / f"{name}.html").write_text(source, encoding="utf-8")
    result = subprocess.run(
        [str(HTML_VALIDATE), "--config", str(ROOT / ".htmlvalidate.json"), "--formatter", "json", str(folder)],
        capture_output=True, text=True, check=False,
    )
    return [
        f"{Path(report['filePath']).stem}: {message['ruleId']}: {message['message']} (line {message['line']})"
        for report in json.loads(result.stdout or "[]") for message in report["messages"]
    ]

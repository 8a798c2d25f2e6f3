"""The two scanners, held to this machine, and bounded in time and number."""

import csv
import json
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.attack.scanning.findings import Finding
from tests.attack.scanning.visitor import LEFT_ALONE, Offer, Visitor, endpoint_of
from tests.needs import ROOT, need

BIN = ROOT / ".venv-attack" / "bin"
# Left out: ssrf, xxe, log4shell, spring4shell (they call hosts elsewhere); nikto, wapp, cms, htp, takeover, wp_enum
# (they fetch lists); csrf, which takes a form that is refused for what was typed for one that was not asked for its
# token (test_csrf.py asks every POST); methods, ssl and https_redirect, which say nothing about a portal on HTTP.
MODULES = ("xss", "permanentxss", "sql", "exec", "file", "crlf", "redirect", "htaccess", "upload", "csp",
           "http_headers", "cookieflags")
QUICK_MODULES = ("xss", "sql", "exec", "file", "redirect", "csp", "http_headers", "cookieflags")
NOT_ATTACKED = ("csrf_token", "version", "part", "nonce")  # a changed one is refused before anything is read
LINE = "=" * 54


def wapiti(
    visitor: Visitor, folder: Path, *, starts: Iterable[str] = (), crawl_seconds: int = 60, module_seconds: int = 10,
    depth: int = 3, modules: tuple[str, ...] = MODULES,
) -> list[Finding]:
    """Look at the English pages as this visitor. `starts`: further pages to begin from; with depth 0 those alone."""
    base, output = f"{visitor.url}/en/", folder / "wapiti.json"
    command = [
        "-u", base, "--scope", "folder", "-m", ",".join(modules), "--flush-session", "--store-session", str(folder),
        "--store-config", str(folder), "-f", "json", "-o", str(output), "--no-bugreport", "-v", "1", "-d", str(depth),
        "--max-scan-time", str(crawl_seconds), "--max-attack-time", str(module_seconds), "--max-links-per-page", "40",
        "--max-files-per-dir", "8", "--tasks", "4", "--drop-set-cookie",
    ]
    command += [part for start in starts for part in ("-s", visitor.url + start)]
    command += [part for name in NOT_ATTACKED for part in ("--skip", name)]
    command += [part for piece in LEFT_ALONE for part in ("-x", f"{base}*{piece.removeprefix('/')}*")]
    command += ["-C", visitor.cookie] if visitor.cookie else []
    _run("wapiti", command, folder, crawl_seconds + module_seconds * len(modules) + 120)
    told = json.loads(output.read_text())
    return [
        Finding("wapiti", what, _where(visitor, one["path"]), one["parameter"] or "", one["curl_command"])
        for kind in ("vulnerabilities", "anomalies") for what, ones in told[kind].items() for one in ones]


def sqlmap(visitor: Visitor, offers: Iterable[Offer], folder: Path, *, dbms: str, seconds: int) -> list[Finding]:
    """Try every field of the offered requests; of a link without fields, the object it names.

    What is found once and not a second time was a page that changed in between, such as one with a clock.
    """
    kinds = list(offers)
    found = _sqlmap(visitor, kinds, folder, dbms, seconds)
    again = [offer for offer in kinds if offer.endpoint in {one.where for one in found}]
    repeated = {one.name for one in _sqlmap(visitor, again, folder, dbms, seconds)}
    return [one for one in found if one.name in repeated]


def _sqlmap(visitor: Visitor, kinds: list[Offer], folder: Path, dbms: str, seconds: int) -> list[Finding]:
    if not kinds:
        return []
    asked, results = folder / "requests.log", folder / "results.csv"
    results.unlink(missing_ok=True)
    asked.write_text("".join(_logged(visitor, offer) for offer in kinds))
    command = ["-l", str(asked), "--batch", "--level=1", "--flush-session", "--disable-coloring", f"--dbms={dbms}",
               f"--output-dir={folder}", f"--results-file={results}", f"--skip={','.join(NOT_ATTACKED)}"]
    said = _run("sqlmap", command, folder, seconds)
    assert f"/{len(kinds)}] URL" in said or len(kinds) == 1, said[-2000:]
    rows = csv.DictReader(results.read_text().splitlines()) if results.exists() else ()
    return [
        Finding("sqlmap", f"SQL injection ({row['Technique(s)']})", _where(visitor, row["Target URL"]),
                row["Parameter"],
                f"sqlmap -u '{row['Target URL']}' -p '{row['Parameter']}' --batch --level=1 --flush-session")
        for row in rows if row["Technique(s)"]]


def _where(visitor: Visitor, url: str) -> str:
    path = urlsplit(url).path
    return endpoint_of(visitor.routes, path, "GET") or endpoint_of(visitor.routes, path, "POST") or path


def _logged(visitor: Visitor, offer: Offer) -> str:
    """A request as the log of a proxy has it, which is how sqlmap reads many at once."""
    host, path, typed = urlsplit(visitor.url).netloc, offer.path, urlencode(offer.fields)
    if not offer.fields:
        path = f"{offer.path}*"
    elif offer.method == "GET":
        path = f"{offer.path}?{typed}"
    lines = [f"{offer.method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"Cookie: {visitor.cookie}"] if visitor.cookie else []
    body = typed if offer.method == "POST" else ""
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    head = f"{LINE}\n10:00:00  http://{host}  [127.0.0.1]\n{LINE}\n"
    return head + "\r\n".join([*lines, "", body]) + f"\n{LINE}\n\n\n"


def _run(program: str, arguments: list[str], folder: Path, seconds: int) -> str:
    """Run a scanner to its end; what it said. Its files stay in `folder`. Fails when it takes longer, or breaks."""
    need((BIN / program).exists(), f"{program} in .venv-attack (make test-attack puts it there)")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    with (folder / f"{program}.log").open("w+") as log:
        status = subprocess.run([BIN / program, *arguments], cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, timeout=seconds, check=False).returncode
        log.seek(0)
        said = log.read()
    assert status == 0, said[-2000:]
    return said

"""House rules that a reviewer would otherwise have to remember."""

import re
import subprocess
from pathlib import Path

import pytest
from jinja2 import nodes

from civicportal.core.permissions import ROLE_PERMISSIONS, ROLE_SCOPE, Permission, Role
from civicportal.core.tasks import celery
from worker.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("civicportal/**/*.py")) + sorted(ROOT.glob("worker/**/*.py"))
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))
KEBAB = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)?")


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_view_says_who_may_open_it(flask_app):
    silent = [rule.endpoint for rule in rules(flask_app)
              if not hasattr(flask_app.view_functions[rule.endpoint], "access")]
    assert silent == []


def test_every_address_is_kebab_case_with_typed_values(flask_app):
    odd = []
    for rule in rules(flask_app):
        for part in rule.rule.strip("/").split("/"):
            if part.startswith("<"):
                odd += [rule.rule] if ":" not in part else []
            elif part and not KEBAB.fullmatch(re.sub(r"<\w+:\w+>", "", part).strip(".") or "x"):
                odd.append(rule.rule)
    assert odd == []


def test_only_transactions_commits():
    assert _files_with(r"\.commit\(") == ["civicportal/core/transactions.py"]


def test_only_states_assigns_state():
    assert _files_with(r"\.(state|publication)\s*=[^=]") == []


def test_every_scheduled_and_enqueued_task_is_registered(flask_app):
    names = {entry["task"] for entry in SCHEDULE.values()}
    for path in SOURCES:
        names |= set(re.findall(r'enqueue\(\s*"([^"]+)"', path.read_text(encoding="utf-8")))
    assert names
    assert names <= set(celery.tasks)
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", name) for name in names)


def test_every_mail_has_its_three_parts():
    folders = sorted(path for path in ROOT.glob("templates/*/emails/*") if path.is_dir())
    assert folders
    for folder in folders:
        assert {path.name for path in folder.iterdir()} == {"subject.txt", "body.txt", "body.html"}, folder


def test_every_message_has_its_mail():
    slugs = set()
    for path in SOURCES:
        slugs |= set(re.findall(r'slug="([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))
    for slug in slugs:
        package, _, name = slug.partition(".")
        assert (ROOT / "templates" / package / "emails" / name).is_dir(), slug


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_import_nothing_unused(path, flask_app):
    tree = flask_app.jinja_env.parse(path.read_text(encoding="utf-8"))
    imported = set()
    for node in tree.find_all(nodes.FromImport):
        imported |= {name[1] if isinstance(name, tuple) else name for name in node.names}
    imported |= {node.target for node in tree.find_all(nodes.Import)}
    used = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    assert imported <= used, imported - used


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_no_inline_code(path):
    text = re.sub(r"{{.*?}}|{%.*?%}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert not re.search(r'\s(on[a-z]+|style)="', text)
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text)
    assert len(inline) == (1 if path.name == "base.html" else 0)


def test_roles_and_permissions_are_complete():
    assert set(ROLE_PERMISSIONS) == set(ROLE_SCOPE) == set(Role)
    assert {permission for held in ROLE_PERMISSIONS.values() for permission in held} == set(Permission)


def test_the_project_speaks_of_itself_alone():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    hosts = ["pypi" + ".org", "files.python" + "hosted", "registry." + "npmjs", "deb." + "debian.org"]
    machine = ["/wo" + "rk/", "/ro" + "ot/"]
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and not path.match("*.woff2"):
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [f"{name}: {word}" for word in hosts + machine if word in text]
    assert found == []


def _files_with(pattern: str) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in SOURCES if re.search(pattern, _code(path))]


def _code(path: Path) -> str:
    """The file without comments and docstrings."""
    text = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"#.*", "", text)

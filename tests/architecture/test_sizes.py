"""Size budget: what a reader can hold in the head."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted([*ROOT.glob("civicportal/**/*.py"), *ROOT.glob("worker/**/*.py"), *ROOT.glob("*.py")])
OTHERS = sorted(
    path for pattern in ("templates/**/*.html", "static/src/**/*.js", "static/src/**/*.scss", "tests/**/*.py")
    for path in ROOT.glob(pattern)
)
FILE_LINES, FUNCTION_LINES, VIEW_LINES, CONFTEST_LINES, FACTORY_LINES = 400, 40, 20, 200, 80
OWN_LINES = {"conftest.py": CONFTEST_LINES, "verify.py": 900}  # verify.py is handed out alone, so it is one file


@pytest.mark.parametrize("path", SOURCES + OTHERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_is_short_enough(path: Path):
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= OWN_LINES.get(path.name, FILE_LINES)


def test_functions_are_short_enough():
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {size} lines"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and (size := _body_lines(node)) > (FACTORY_LINES if node.name == "create_app" else FUNCTION_LINES)
    ]
    assert long == []


def test_views_are_short_enough(flask_app):
    long = []
    for path in SOURCES:
        if "routes" not in path.parts[-1] and "routes" not in path.parts[-2]:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.decorator_list and _body_lines(node) > VIEW_LINES:
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert long == []


def _body_lines(node: ast.FunctionDef) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = node.body[0]
    doc = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if doc else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring

"""Benchmarks are no part of the test run, but they must keep up with the code they measure."""

import importlib
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"


@pytest.mark.parametrize("name", sorted(path.stem for path in BENCH.glob("[a-z]*.py")))
def test_a_benchmark_can_be_run(name):
    assert callable(importlib.import_module(f"bench.{name}").main)

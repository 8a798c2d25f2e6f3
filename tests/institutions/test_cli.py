"""`flask institutions`: what an operator sees when files are read."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from civicportal.core.transactions import current
from civicportal.institutions.models import Institution
from civicportal.institutions.queries import by_code

REAL = Path(__file__).resolve().parents[3] / "shared/data/institutions/kr_standard_org_codes_3provinces.csv.gz"
HEAD = ("org_code,full_name,short_name,level,parent_code,top_code,rep_code,type_l,type_m,type_s,adm_dong_code,created,"
        "abolished,is_abolished,prev_code\n")


@pytest.fixture
def run(app):
    def running(*args):
        result = app.test_cli_runner().invoke(args=["institutions", *map(str, args)])
        current().rollback()
        return result

    return running


@pytest.fixture
def file(tmp_path):
    def writing(text, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return writing


def code_row(code, parent="0000000", created="20200101", abolished="", kind="02"):
    gone = "1" if abolished else "0"
    return f"{code},기관 {code},{code},1,{parent},{parent},{code},{kind},01,01,,{created},{abolished},{gone},\n"


def test_bad_rows_come_as_a_table_and_exit_1(run, file):
    path = file("code,name_ko,type,parent_code\na,가,local,gone\nb,나,planet,\n")
    result = run("import", path)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[0].split() == ["row", "code", "problem"]
    assert lines[1].split()[:2] == ["2", "a"]
    assert lines[2].split()[:2] == ["3", "b"]
    assert "2 bad rows, nothing was changed" in lines[3]
    assert by_code("a") is None


def test_skip_bad_writes_the_rest_and_counts(run, file):
    path = file("code,name_ko,type,parent_code\na,가,local,gone\nb,나,local,a\nc,다,local,\n")
    result = run("import", path, "--skip-bad")
    assert result.exit_code == 0
    assert "new 1, changed 0, unchanged 0, bad 1, left out with them 1" in result.output
    assert by_code("c").name_ko == "다"


def test_a_wrong_file_is_one_line(run, file):
    result = run("import", file("a,b\n1,2\n"))
    assert result.exit_code == 1
    assert "unknown columns: a, b" in result.output
    assert "Traceback" not in result.output


def test_a_cell_cannot_steer_the_terminal(run, file):
    result = run("import", file("code,name_ko,type\n\x1b[2Jx,가,local\n"))
    assert "\x1b" not in result.output


def test_shared_remits_come_from_their_own_file(run, file):
    remits = file("type_key,remit_ko,remit_en\ndistrict,가로등,Lights\n", "remits.csv")
    path = file("code,name_ko,type,remit_key\na,가,local,district\n")
    assert run("import", path, "--remits", remits).exit_code == 0
    assert by_code("a").remit_en == "Lights"


def test_regions_have_their_own_command(run, file):
    result = run("import-regions", file("code,name_ko,name_en,parent_code\n11,서울,Seoul,\n12,가,,99\n"))
    assert result.exit_code == 1
    assert "99" in result.output


def test_standard_codes_become_institutions(run, file):
    path = file(HEAD + code_row("3000001", "3000000") + code_row("3000000", created="1988. 1.")
                + code_row("3000002", "3000000", "20200101", "20210101") + code_row("3000003", created="20220101",
                                                                                   abolished="20210101"))
    assert run("import", path, "--map", "standard-codes").exit_code == 0
    assert by_code("3000000").parent is None
    assert by_code("3000000").active_from is None
    assert by_code("3000001").parent.code == "3000000"
    assert by_code("3000002").active_to == date(2021, 1, 1)
    assert not by_code("3000002").active(date(2021, 1, 1))
    assert by_code("3000003").active_from is None


def test_standard_codes_with_absent_parents_are_the_errors(run, file):
    path = file(HEAD + code_row("3000001", "3999999") + code_row("3000002", "3000001") + code_row("3000003"))
    first = run("import", path, "--map", "standard-codes")
    assert "1 bad rows" in first.output
    second = run("import", path, "--map", "standard-codes", "--skip-bad")
    assert "new 1, changed 0, unchanged 0, bad 1, left out with them 1" in second.output


def test_an_unknown_class_is_a_bad_row(run, file):
    assert "no institution type “77”" in run("import", file(HEAD + code_row("3000001", kind="77")),
                                              "--map", "standard-codes").output


@pytest.mark.skipif(not REAL.exists(), reason="the file of standard codes is not on this machine")
def test_the_real_file_of_standard_codes(run):
    refused = run("import", REAL, "--map", "standard-codes")
    assert refused.exit_code == 1
    assert "85 bad rows, nothing was changed" in refused.output
    assert current().scalar(select(func.count(Institution.id))) == 0
    result = run("import", REAL, "--map", "standard-codes", "--skip-bad")
    assert "new 11280, changed 0, unchanged 0, bad 85, left out with them 177" in result.output
    assert len(result.output.splitlines()) == 1 + 85 + 177 + 1
    again = run("import", REAL, "--map", "standard-codes", "--skip-bad")
    assert "new 0, changed 0, unchanged 11280" in again.output
    live = current().scalar(select(func.count()).where(Institution.active_to.is_(None)))
    assert 3_600 < live <= 3_722

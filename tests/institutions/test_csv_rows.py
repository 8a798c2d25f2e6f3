"""Rows of import files: what is read, and what is refused with a sentence."""

import gzip
from datetime import date

import pytest

from civicportal.core.i18n import speaking
from civicportal.institutions.csv_rows import (
    REGIONS,
    FileProblem,
    Parsed,
    Problem,
    institution_format,
    read_remits,
    read_rows,
)
from civicportal.institutions.states import InstitutionType

HEAD = "code,name_ko,type"


@pytest.fixture
def read(app, tmp_path):
    def reading(text, shape=None, name="file.csv"):
        path = tmp_path / name
        raw = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return list(read_rows(path, shape or institution_format({"district": ("가로등", "Street lights")})))

    with speaking("en"):
        yield reading


def sentences(items):
    return [str(item.text) for item in items if isinstance(item, Problem)]


def test_a_full_row_is_understood(read):
    [row] = read(
        "code,name_ko,name_en,type,region_code,parent_code,remit_ko,remit_en,phone,website,active_from,active_to,"
        'successor_code\nmolit,국토교통부,Ministry,central,11,pm,"도로,\n철도",Roads,02-1,https://a.example,2013-03-23,,new\n')
    assert row == Parsed(2, "molit", {
        "name_ko": "국토교통부", "name_en": "Ministry", "type": InstitutionType.CENTRAL, "remit_ko": "도로,\n철도",
        "remit_en": "Roads", "phone": "02-1", "website": "https://a.example", "active_from": date(2013, 3, 23),
        "active_to": None}, {"parent": "pm", "region": "11", "successor": "new"})


@pytest.mark.parametrize("name", ["file.csv", "file.csv.gz"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_forms_of_files_are_read_alike(read, name, start, end):
    text = start + end.join([HEAD, "a,가,local", "", "b,\u1100\u1161,central", ""])
    rows = [(row.row, row.code, row.values["name_ko"]) for row in read(text, name=name)]
    assert rows == [(2, "a", "가"), (4, "b", "가")]


@pytest.mark.parametrize(("text", "words"), [
    (f"{HEAD},colour\n", "unknown columns: colour"),
    ("code,name_ko\n", "lacks these columns: type"),
    ("", "lacks these columns: code, name_ko, type"),
    (f"{HEAD},code\n", "same column twice"),
    (f"{HEAD}\na,\xff,local\n".encode("latin-1"), "not UTF-8"),
    (f'{HEAD}\na,"가,local\n', "damaged near line 2"),
])
def test_a_file_that_is_no_such_file_is_refused(read, text, words):
    with pytest.raises(FileProblem, match=words):
        read(text)


def test_a_broken_archive_is_refused(app, tmp_path):
    path = tmp_path / "file.csv.gz"
    path.write_bytes(gzip.compress(f"{HEAD}\na,가,local\n".encode())[:-12])
    with speaking("en"), pytest.raises(FileProblem, match="damaged"):
        list(read_rows(path, institution_format({})))


@pytest.mark.parametrize(("row", "words"), [
    (",가,local", "code is missing"),
    ("a b,가,local", "made of Latin letters"),
    ("../x,가,local", "made of Latin letters"),
    ("a" * 41 + ",가,local", "longer than 40"),
    ("a,,local", "Korean name is missing"),
    ("a,가\x07,local", "control characters"),
    ("a,가\x00,local", "control characters"),
    ("a," + "가" * 201 + ",local", "longer than 200"),
    ("a,가,planet", "no institution type “planet”"),
    ("a,가", "2 cells instead of 3"),
    ("a,가,local,x", "4 cells instead of 3"),
])
def test_a_bad_row_is_said_and_the_next_one_read(read, row, words):
    items = read(f"{HEAD}\n{row}\nb,나,local\n")
    assert words in sentences(items)[0]
    assert items[0].row == 2
    assert isinstance(items[-1], Parsed)


@pytest.mark.parametrize(("first", "end", "words"), [
    ("2020-02-30", "", "“2020-02-30” is not a date"),
    ("20200201", "", "“20200201” is not a date"),
    ("2020-02-02", "2020-02-01", "close before it opens"),
])
def test_bad_dates_are_said(read, first, end, words):
    items = read(f"{HEAD},active_from,active_to\na,가,local,{first},{end}\n")
    assert words in sentences(items)[0]


def test_all_that_is_wrong_with_a_row_is_said(read):
    assert len(sentences(read(f"{HEAD},website\n,,planet,javascript:x\n"))) == 4


def test_the_shared_remit_fills_an_empty_one_only(read):
    rows = read(f"{HEAD},remit_key,remit_ko\na,가,local,district,\nb,나,local,district,자기 일\nc,다,local,moon,\n")
    assert (rows[0].values["remit_ko"], rows[0].values["remit_en"]) == ("가로등", "Street lights")
    assert rows[1].values["remit_ko"] == "자기 일"
    assert "no shared remit “moon”" in str(rows[2].text)


def test_columns_that_are_not_there_say_nothing(read):
    [row] = read(f"{HEAD}\na,가,local\n")
    assert row.links == {}
    assert "phone" not in row.values


def test_regions_have_fewer_columns(read):
    [row] = read("code,name_ko,parent_code\n11110,종로구,11\n", REGIONS)
    assert (row.values, row.links) == ({"name_ko": "종로구"}, {"parent": "11"})


def test_remits_are_read_by_key(app, tmp_path):
    path = tmp_path / "remits.csv"
    path.write_text("type_key,remit_ko,remit_en\ndistrict,가로등,Lights\n", encoding="utf-8")
    assert read_remits(path) == {"district": ("가로등", "Lights")}
    path.write_text("type_key,remit_ko,remit_en\ndistrict,가로등\n", encoding="utf-8")
    with speaking("en"), pytest.raises(FileProblem, match="2 cells"):
        read_remits(path)

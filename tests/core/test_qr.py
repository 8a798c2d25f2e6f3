"""QR codes: an image that stands by itself."""

from xml.etree import ElementTree

import pytest

from civicportal.core import qr

TAG = "{http://www.w3.org/2000/svg}"


def qr_svg(text):
    return qr.qr_svg(text, title="Receipt <1>", desc="What it holds", caption="T81M-39QZ 0000-7D0K")


def test_a_code_is_an_svg_of_its_own_that_scales():
    svg = ElementTree.fromstring(qr_svg("T81M-39QZ <b> 투표"))  # noqa: S314 - our own text
    assert svg.tag == f"{TAG}svg"
    assert "width" not in svg.attrib
    assert svg.attrib["viewBox"].startswith("0 0 ")
    assert [path.attrib.get("fill") or path.attrib["stroke"] for path in svg.iter(f"{TAG}path")
            ] == ["#fff", "#000", "#fff"]


def test_who_cannot_scan_it_reads_it():
    svg = ElementTree.fromstring(qr_svg("T81M-39QZ"))  # noqa: S314 - our own text
    assert (svg.findtext(f"{TAG}title"), svg.findtext(f"{TAG}desc")) == ("Receipt <1>", "What it holds")
    assert [line.text for line in svg.iter(f"{TAG}text")] == ["T81M-39QZ", "0000-7D0K"]
    width, height = svg.attrib["viewBox"].split()[2:]
    assert all(int(width) < float(line.attrib["y"]) < int(height) for line in svg.iter(f"{TAG}text"))


def test_other_text_is_another_code():
    assert qr_svg("a") == qr_svg("a") != qr_svg("b")


def test_too_much_text_is_refused():
    assert qr_svg("a" * 2300)
    with pytest.raises(ValueError, match="too large"):
        qr_svg("a" * 3000)

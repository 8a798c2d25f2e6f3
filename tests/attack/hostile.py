"""What nobody types and anybody can send: the values that forms are filled with, by kind of field, from a seed."""

from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from wtforms import Field, FileField, SelectField, SubmitField
from wtforms.validators import Length

from civicportal.core.web.forms import DatePartsField

Pairs = list[tuple[str, str]]
HUGE = 60_000
TEXTS = (
    "", " ", "\t\n", "1", "typed", "null", "[]", "{}", "true", "undefined",  # of another type
    "한국어", "각각", "é", "\u202egnirts\u202c", "\u2067abc", "zero\u200bwidth\u200d\ufeff",  # NFC, NFD, directions
    "\0", "a\0b", "\x1b[31m", "\x0b\x0c", "\ud800", "\udfff\ud800", "\ufffe", "\U0010ffff", "e" + "\u0301" * 500,
    "👨‍👩‍👧‍👦" * 50, "ﷺ" * 100, "ı İ ß ǅ", "\r", "a\r\nb\rc", "\n" * 2000,
    "' OR '1'='1", "1; DROP TABLE people--", "<script>alert(1)</script>", "\"><svg onload=alert(1)>", "{{ 7 * 7 }}",
    "${7*7}", "%s%n%x", "%(name)s", "../../etc/passwd", "=1+1", "javascript:alert(1)", "//evil.example", "a@b@c", "@",
    "a@" + "b" * 300 + ".kr", "x" * HUGE, "<" * 5000, "&" * 5000, "[" * 3000, "가" * 2000,
)
NUMBERS = (
    "0", "-0", "-1", "1", "2", "00001", "1.5", "1e9", "NaN", "Infinity", "٣", "３", "²", "+1", "1_000", " 7 ",
    "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 5000,
)
DATES = (
    ("", "", ""), ("2099", "2", "30"), ("0", "0", "0"), ("99999", "1", "1"), ("1899", "12", "31"), ("2200", "12", "31"),
    ("9999", "12", "31"), ("1", "1", "1"), ("-1", "-1", "-1"), ("２０９９", "１", "１"), ("2099", "", ""),
    ("9" * 50, "1", "1"), ("x", "y", "z"), ("2099", "1\0", "1"),
)


def bodies(chance: Random, fields: list[Field], usual: dict[str, str], count: int) -> list[Pairs]:
    """So many bodies for a form: what is usual with some fields replaced, left out, or sent twice."""
    return [_body(chance, fields, usual) for _number in range(count)]


def _body(chance: Random, fields: list[Field], usual: dict[str, str]) -> Pairs:
    body = {name: [value] for name, value in usual.items()}
    for field in chance.sample(fields, chance.randint(1, len(fields))):
        for name, value in _typed(chance, field).items():
            fate = chance.random()
            body[name] = [] if fate < 0.1 else [value, *body.get(name, ["typed"])] if fate < 0.2 else [value]
    return [(name, value) for name, values in body.items() for value in values]


def _typed(chance: Random, field: Field) -> dict[str, str]:
    if isinstance(field, DatePartsField):
        names = (f"{field.name}-{part}" for part in ("year", "month", "day"))
        return dict(zip(names, chance.choice(DATES), strict=True))
    return {field.name: _value(chance, field)}


def _value(chance: Random, field: Field) -> str:
    limits = [rule for rule in field.validators if isinstance(rule, Length)]
    edges = [letter * (edge + more) for rule in limits for edge in (rule.min, rule.max) if 0 < edge <= HUGE
             for more in (0, 1) for letter in ("x", "가")]
    if edges and chance.random() < 0.3:
        return chance.choice(edges)
    if isinstance(field, SelectField) and chance.random() < 0.4:
        choices = [str(one[0]) for one in field.iter_choices()]
        return chance.choice(choices or [""])
    return chance.choice(NUMBERS if chance.random() < 0.2 else TEXTS)


def typed_fields(forms: list[Any]) -> list[Field]:
    """The fields of some forms that somebody fills, one of each name."""
    found = {field.name: field for form in forms for field in form
             if not isinstance(field, FileField | SubmitField) and field.name != "csrf_token"}
    return list(found.values())


def encoded(pairs: Pairs) -> bytes:
    """A body as a browser sends it, and half characters as none would."""
    return "&".join(f"{quote_plus(name)}={quote_plus(value.encode('utf-8', 'surrogatepass'))}"
                    for name, value in pairs).encode()


def arrived(value: str) -> str:
    """How the portal reads a value: werkzeug leaves bytes that are no UTF-8 as they were sent."""
    pairs = parse_qsl(encoded([("value", value)]).decode(), keep_blank_values=True, errors="werkzeug.url_quote")
    return pairs[0][1]

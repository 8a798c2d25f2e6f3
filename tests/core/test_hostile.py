"""What strangers put into addresses and headers ends in a page of the portal, never in an error of its own."""

import base64

import pytest

from civicportal.core.permissions import Role
from civicportal.core.web.proxies import TrustedProxies, network_of, parse_networks
from civicportal.core.web.resume import local_path, unpack
from tests.factories.accounts import PersonFactory, signed_in, staff

HUGE = 10**30
DEEP = "[" * 60_000


@pytest.mark.parametrize("path", [
    f"/ko/notices/{HUGE}", f"/ko/notices/{2**31}", f"/ko/notices/unsubscribe/{HUGE}/x", "/ko/notices/0",
    f"/ko/petitions/2510-0000-0000/files/{HUGE}",
])
def test_a_number_no_column_holds_is_not_found(app, path):
    assert signed_in(app, PersonFactory()).get(path).status_code == 404


def test_such_a_number_is_not_found_in_forms_as_well(app):
    operator = signed_in(app, staff(Role.OPERATOR))
    for path in (f"/ko/operator/delivery/{HUGE}/resend", f"/ko/account/sessions/{HUGE}/end"):
        assert operator.submit(path, page="/ko/account").status_code == 404


@pytest.mark.parametrize("target", ["//[", "/\\[", "http://[", "//[::1", "/\t/evil.example"])
def test_half_an_address_leads_home(app, target):
    assert local_path(target, "/ko/") == "/ko/"
    answer = signed_in(app, PersonFactory()).get("/ko/sign-in", query_string={"next": target})
    assert (answer.status_code, answer.location) == (303, "/ko/")


@pytest.mark.parametrize("header", ["Origin", "Referer"])
def test_half_an_address_in_a_header_is_another_site(app, header):
    client = signed_in(app, PersonFactory())
    answer = client.post("/ko/account/edit", data={"name": "typed-before"}, headers={header: "http://[/x"})
    assert answer.status_code == 400
    assert "typed-before" not in answer.text
    assert app.test_client().get("/ko/account", headers={header: "http://[/x"}).status_code == 401


def test_nesting_without_end_is_nothing(client):
    cursor = base64.urlsafe_b64encode(DEEP.encode()).decode()
    assert client.get("/ko/petitions", query_string={"after": cursor}).status_code == 200
    assert unpack(DEEP) == []


@pytest.mark.parametrize("path", [
    "/ko/reset/a%00b.c", "/ko/register/%00", "/ko/petitions/confirm/%00.x", "/ko/address/a%00.b",
])
def test_a_token_with_a_nul_is_spent(client, path):
    assert client.get(path).status_code == 410


def test_forms_drop_what_postgresql_cannot_hold(app):
    client = signed_in(app, PersonFactory())
    answer = client.submit("/ko/account/edit", {"name": "가\0온", "locale": "ko"})
    assert answer.status_code == 303
    assert "가온" in client.get("/ko/account").text


def test_an_ipv4_neighbour_on_a_socket_for_both_kinds_is_itself():
    assert network_of("::ffff:203.0.113.77") == network_of("203.0.113.9")
    environ = {"REMOTE_ADDR": "::ffff:10.0.0.1", "HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    TrustedProxies(lambda _environ, _start: [], parse_networks("10.0.0.0/8"))(environ, print)
    assert environ["REMOTE_ADDR"] == "203.0.113.9"

"""Somebody with a browser and no script: signs in, follows links, and notes what requests the pages offer."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, build_opener

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

PASSWORD = "try-the-portal"
SECONDS = 60
LEFT_ALONE = (  # what ends the visit or takes a right away, and what would shut a part of the portal for everybody
    "/sign-out", "/account/delete", "/account/sessions/", "/operator/switches/", "/people/",
)
Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Offer:
    """A request that a page offers. `fields`: those of the form, or of the query of a link."""

    endpoint: str
    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> tuple[str, str, frozenset[str]]:
        """Requests of one kind differ in the object they name, or in what is typed."""
        return self.endpoint, self.method, frozenset(name for name, _value in self.fields)


class Page(HTMLParser):
    """Links and forms (method, address, fields as they stand there) of some HTML."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.url = url
        self.links: list[str] = []
        self.forms: list[tuple[str, str, Fields]] = []
        self.fields: Fields | None = None
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.url, given["href"]))
        elif tag == "form":
            self.fields = []
            self.forms.append(
                (given.get("method", "get").upper(), urljoin(self.url, given.get("action") or self.url), self.fields))
        elif self.fields is not None:
            self._control(tag, given, self.fields)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.fields = None

    def _control(self, tag: str, given: dict[str, str], fields: Fields) -> None:
        if tag == "select":
            self.select = given.get("name", "")
        name = self.select if tag == "option" else given.get("name", "")
        value = given.get("value") or ("" if tag == "option" else "typed")
        if not name or given.get("type") == "file" or tag not in ("option", "input", "textarea", "button"):
            return
        if name not in dict(fields):
            fields.append((name, value))
        elif tag == "option" and "selected" in given:
            fields[:] = [(known, value if known == name else old) for known, old in fields]


@dataclass
class Visitor:
    """A browser at the portal `url`, signed in as `address` if one is given. `routes`: the portal's addresses."""

    url: str
    routes: Map
    address: str = ""
    jar: CookieJar = field(default_factory=CookieJar)

    def __post_init__(self) -> None:
        self.opener = build_opener(HTTPCookieProcessor(self.jar))
        if self.address:
            self._sign_in()

    @property
    def cookie(self) -> str:
        """The session, as the header Cookie has it."""
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)

    def signed_in(self) -> bool:
        """Whether the portal still knows this browser."""
        return self._open(f"{self.url}/en/account")[0] == 200

    def offers(self, most: int, starts: tuple[str, ...] = ("/en/",)) -> list[Offer]:
        """One request of each kind that the first `most` pages offer, nearest first. Nothing is sent but GET."""
        found: dict[tuple[str, str, frozenset[str]], Offer] = {}
        for page in self._pages(most, starts):
            forms = [self._offer(*form) for form in page.forms if form[0] in ("GET", "POST")]
            for offer in [*map(self._link, page.links), *forms]:
                if offer is not None:
                    found.setdefault(offer.kind, offer)
        return list(found.values())

    def _pages(self, most: int, starts: tuple[str, ...]) -> Iterator[Page]:
        waiting, known = deque(self.url + start for start in starts), set()
        while waiting and most:
            url = waiting.popleft()
            offer = self._link(url)
            if offer is None or offer.kind in known:
                continue
            known.add(offer.kind)
            status, html = self._open(url)
            if status == 200:
                most -= 1
                page = Page(url, html)
                yield page
                waiting.extend(page.links)

    def _link(self, url: str) -> Offer | None:
        return self._offer("GET", url, [])

    def _offer(self, method: str, url: str, fields: Fields) -> Offer | None:
        parts = urlsplit(url)
        inside = url.startswith(f"{self.url}/en/") and not any(part in url for part in LEFT_ALONE)
        endpoint = endpoint_of(self.routes, parts.path, method) if inside else ""
        return Offer(endpoint, method, parts.path, (*parse_qsl(parts.query), *fields)) if endpoint else None

    def _open(self, url: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
        body = urlencode(fields).encode() if fields is not None else None
        try:
            with self.opener.open(url, data=body, timeout=SECONDS) as answer:
                html = answer.headers.get_content_type() == "text/html"
                return answer.status, answer.read().decode() if html else ""
        except HTTPError as error:
            error.close()
            return error.code, ""

    def _sign_in(self) -> None:
        page = Page(f"{self.url}/en/sign-in", self._open(f"{self.url}/en/sign-in")[1])
        _method, action, fields = next(form for form in page.forms if "password" in dict(form[2]))
        self._open(action, {"csrf_token": dict(fields)["csrf_token"], "address": self.address, "password": PASSWORD})
        assert self.signed_in(), f"{self.address} cannot sign in"


def endpoint_of(routes: Map, path: str, method: str) -> str:
    """Which address of the portal a path is; empty for none."""
    try:
        return str(routes.bind("localhost").match(path, method)[0])
    except (HTTPException, RequestRedirect):
        return ""

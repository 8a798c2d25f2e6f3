"""The elements of a page."""

from html.parser import HTMLParser


class Elements(HTMLParser):
    """Every start tag of some HTML with its attributes, in order."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]

    def by_id(self, key):
        return [(tag, attrs) for tag, attrs in self.found if attrs.get("id") == key]

"""What stands in place of a petition that was removed from the public, at each of its addresses."""

from flask import abort, make_response, render_template

from civicportal.petitions.queries.removals import removal_of


def stop_if_removed(number: str) -> None:
    """End the request with a page that says why and by whose authority, with status 410, if it was removed."""
    if removal := removal_of(number):
        abort(make_response(render_template("petitions/removed.html", removal=removal), 410))

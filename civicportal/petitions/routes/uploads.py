"""Pages that take files: how much may be sent at once, and the page for who sends more."""

from flask import Response, make_response, request

from civicportal.core.configuration import settings
from civicportal.core.i18n import _
from civicportal.core.web.errors import error_page

FORM_SLACK_BYTES = 256 * 1024


def expect_files() -> None:
    """Let this request carry as many files as a form may; without it the limit of plain forms holds."""
    limits = settings()
    request.max_content_length = limits.upload_max_files * limits.upload_max_bytes + FORM_SLACK_BYTES


def too_large(back_url: str) -> Response:
    """The page for who sends more than that."""
    limits = settings()
    message = _("You can send %(count)s files of at most %(size)s MB each. What you wrote and the files added before "
                "are still there.", count=limits.upload_max_files, size=limits.upload_max_bytes // 1024 ** 2)
    return make_response(error_page(413, message, back_url=back_url))

"""Forms whose address is itself the right to send them: a draft's, a mailed link's.

Their CSRF token is derived from the key in the address, not from the session, so that a lost session refuses nothing.
Views of such forms are exempt from the session's check; a form sent with another token is shown again as it was typed.
"""

from typing import Any

from wtforms import Form, ValidationError
from wtforms.csrf.core import CSRF, CSRFTokenField

from civicportal.core.i18n import _
from civicportal.core.signing import derive_token, same
from civicportal.core.web.forms import PortalForm


class KeyedCSRF(CSRF):
    """A token that only this portal can make for the key the form was made with (`csrf_context`)."""

    def setup_form(self, form: Form) -> Any:
        """Remember the key."""
        self.key = str(form.meta.csrf_context)
        return super().setup_form(form)

    def generate_csrf_token(self, _field: CSRFTokenField) -> str:
        """The token for the key."""
        return derive_token("keyed-form", self.key)

    def validate_csrf_token(self, _form: Form, field: CSRFTokenField) -> None:
        """Raises ValidationError for any other token."""
        if not same(field.data or "", field.current_token):
            raise ValidationError(_("Please send this page again. Nothing you typed is lost."))


class KeyedForm(PortalForm):
    """Parent of forms that belong to a key."""

    class Meta(PortalForm.Meta):
        """How the token is made."""

        csrf = True
        csrf_class = KeyedCSRF

    def __init__(self, key: str, **kwargs: Any) -> None:
        super().__init__(meta={"csrf_context": key}, **kwargs)

    @property
    def arrived(self) -> bool:
        """Whether this request sends the form, with the token of its page: what was typed may be kept."""
        return bool(self.is_submitted()) and same(self.csrf_token.data or "", self.csrf_token.current_token)

    def error_list(self) -> list[tuple[str, str]]:
        """As for any form; the hidden token is nothing a link could lead to."""
        return [("" if target == self.csrf_token.id else target, text) for target, text in super().error_list()]

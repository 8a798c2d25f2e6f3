"""The form that checks a receipt. It changes nothing, so it needs no token."""

from collections.abc import Sequence
from typing import Any

from wtforms import FileField, MultipleFileField, TextAreaField
from wtforms.validators import Length

from civicportal.core.i18n import _, lazy
from civicportal.core.web.forms import PortalForm
from civicportal.petitions.filing_receipts import MAX_BYTES


class VerifyForm(PortalForm):
    """A receipt, pasted or as its file, and whatever shall be compared with it."""

    class Meta(PortalForm.Meta):
        """No token."""

        csrf = False

    file = FileField(
        lazy("The receipt file"), render_kw={"accept": ".json,application/json,text/plain"},
        description=lazy("The JSON file that you downloaded or that came by e-mail."))
    receipt = TextAreaField(
        lazy("Or paste the receipt"), render_kw={"rows": 6, "spellcheck": "false"},
        description=lazy("The whole file, or the text of the QR code."),
        validators=[Length(max=MAX_BYTES, message=lazy("This is too long for a receipt."))])
    text = TextAreaField(
        lazy("The text you have (optional)"), render_kw={"rows": 4},
        description=lazy("To see whether it is the text in the receipt."),
        validators=[Length(max=MAX_BYTES, message=lazy("This text is too long."))])
    files = MultipleFileField(
        lazy("The files you have (optional)"),
        description=lazy("To see whether they are the files in the receipt. They are not kept."))

    def given(self) -> str | bytes | None:
        """The receipt: of a file no more than can be one. None, and a sentence at the field, when there is none."""
        if self.file.data and getattr(self.file.data, "filename", ""):
            return bytes(self.file.data.stream.read(MAX_BYTES + 1))
        if self.receipt.data:
            return str(self.receipt.data)
        self.receipt.errors = [_("Choose the receipt file, or paste the receipt.")]
        return None

    def uploads(self) -> Sequence[Any]:
        """The files that are to be compared."""
        return [upload for upload in self.files.data or () if upload and upload.filename]

"""Codes of an authenticator app (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as all apps know them)."""

import base64
import secrets
import unicodedata
from datetime import datetime

from pyotp import TOTP

from civicportal.core.signing import same

STEP_SECONDS = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_HALF = 5


def secret_text(raw: bytes) -> str:
    """A secret as apps take it: Base32 of the first 20 bytes."""
    return base64.b32encode(raw[:20]).decode()


def app_address(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code holds, `otpauth://…`. `account`: the person's address; `issuer`: the portal's name."""
    return TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def matching_step(secret: str, code: str, *, at: datetime, after: int = 0) -> int | None:
    """The half minute since 1970 that `code` belongs to: the present one or one beside it, later than `after`."""
    totp, present = TOTP(secret), int(at.timestamp()) // STEP_SECONDS
    steps = range(max(present - DRIFT_STEPS, after + 1), present + DRIFT_STEPS + 1)
    return next((step for step in steps if same(code, totp.generate_otp(step))), None)


def tidy_code(text: str) -> str:
    """A code as it is compared, whatever the width of its characters, without blanks and hyphens."""
    return "".join(unicodedata.normalize("NFKC", text).upper().replace("-", "").split())


def new_recovery_code() -> str:
    """A code of 50 random bits in two halves, without letters that look like digits."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(2 * _HALF))
    return f"{drawn[:_HALF]}-{drawn[_HALF:]}"

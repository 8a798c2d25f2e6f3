"""What a mailed token is for."""

from enum import StrEnum


class TokenPurpose(StrEnum):
    """Each purpose is derived apart, so a token of one kind is worth nothing as another."""

    REGISTER = "register"
    CONFIRM_FILING = "confirm_filing"
    SIGN_IN_CODE = "sign_in_code"
    RESET = "reset"
    CHANGE_ADDRESS = "change_address"
    IDENTITY = "identity"
    DELETE_ACCOUNT = "delete_account"
    REPRESENT = "represent"

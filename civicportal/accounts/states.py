"""What a mailed token, or a request to an OpenID provider, is for."""

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


class OpenIDAct(StrEnum):
    """What the answer of an OpenID provider will be used for; an answer to one kind is worth nothing as another."""

    SIGN_IN = "sign_in"
    SHOW = "show"
    LINK = "link"

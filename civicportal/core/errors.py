"""Errors a service may raise. `core.web.errors` turns each into a page once, for every caller."""

from collections.abc import Mapping


class DomainError(Exception):
    """Something a person can be told about. `message` is a whole, translated sentence."""

    status = 400

    def __init__(self, message: object = "") -> None:
        super().__init__(str(message))
        self.message = message


class NotFound(DomainError):
    """No such thing, or none that this person may know of: the two are never told apart."""

    status = 404


class Forbidden(DomainError):
    """The person may know of the thing but may not do this to it."""

    status = 403


class Gone(DomainError):
    """It was there and is no longer: an expired link, a used code, a deleted record."""

    status = 410


class Conflict(DomainError):
    """Somebody else was first, or the thing has moved on since the page was shown."""

    status = 409


class Unavailable(DomainError):
    """A part of the portal is switched off for a while; `retry_after` says in how many seconds to try again."""

    status = 503

    def __init__(self, message: object = "", retry_after: int = 300) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Invalid(DomainError):
    """What was typed cannot be taken; `fields` maps a field's name to its sentence."""

    status = 400

    def __init__(self, message: object = "", fields: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class TooMany(DomainError):
    """A limit on tries was reached; `retry_after` says in how many seconds it lifts."""

    status = 429

    def __init__(self, message: object = "", retry_after: int = 60) -> None:
        super().__init__(message)
        self.retry_after = retry_after

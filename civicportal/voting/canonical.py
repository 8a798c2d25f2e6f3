"""One way to write JSON, so that everybody hashes the same bytes (docs/decisions/0009)."""

import json


def canonical(value: object) -> str:
    """The value as canonical JSON: sorted keys, no spaces, not escaped beyond need, to be encoded as UTF-8.

    Raises ValueError for what has no such form: fractions, keys that are no text, lone surrogates, other objects.
    """
    _check(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    text.encode()  # raises UnicodeEncodeError, a ValueError, where half a character stands alone
    return text


def ballot_leaf(
    choice: str, tracker: str, *, revise: str | None = None, secret: str | None = None, supersedes: str | None = None
) -> str:
    """The leaf of a ballot. `revise`: None in an open vote. `secret` and `supersedes`: of a changed vote alone."""
    given = {"choice": choice, "revise": revise, "secret": secret, "supersedes": supersedes, "tracker": tracker}
    return canonical({name: value for name, value in given.items() if value is not None})


def _check(value: object) -> None:
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key that is no text")
        _check(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"no canonical form for {type(value).__name__}")

"""Names as people have them: any script, any number of parts, never split."""

import unicodedata

MAX_LENGTH = 200
_JOINERS = "\u200c\u200d"  # part of the spelling of names in several scripts
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_name(text: str) -> str:
    """The name in NFC, without control and direction marks, with single spaces.

    Raises ValueError when no letter is left or it is longer than `MAX_LENGTH` characters.
    """
    kept = "".join(sign for sign in map(_spaced, text) if _is_kept(sign))
    name = unicodedata.normalize("NFC", " ".join(kept.split()))
    if len(name) > MAX_LENGTH or not any(unicodedata.category(sign).startswith("L") for sign in name):
        raise ValueError("not a name")
    return name


def _is_kept(sign: str) -> bool:
    return sign in _JOINERS or unicodedata.category(sign) not in _DROPPED


def _spaced(sign: str) -> str:
    return " " if sign.isspace() else sign

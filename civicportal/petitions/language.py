"""Which language a text is in: the page's, unless its letters clearly say otherwise."""

import re

_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
KOREAN_SHARE = 0.3  # Korean with many English names and abbreviations in it is still Korean
ENGLISH_SHARE = 0.9
MIN_LETTERS = 20  # below, the page's language is the better guess


def detect(text: str, page_language: str) -> str:
    """Code of the language: `ko`, `en`, or that of the page for everything the two alphabets do not decide."""
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    if hangul and not latin:
        return "ko"
    letters = hangul + latin
    if letters < MIN_LETTERS:
        return page_language
    if hangul / letters >= KOREAN_SHARE:
        return "ko"
    return "en" if page_language == "ko" and latin / letters >= ENGLISH_SHARE else page_language

"""Telephone numbers of any country, kept in E.164."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

HOME_REGION = "KR"


def clean_phone(text: str) -> str:
    """The number in E.164, such as `+821012345678`; without a country it is read as a Korean one.

    Raises ValueError for what no country could dial.
    """
    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except NumberParseException as error:
        raise ValueError("not a telephone number") from error
    if not phonenumbers.is_possible_number(number):
        raise ValueError("not a telephone number")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def shown_phone(stored: str) -> str:
    """The stored number as people write it: Korean ones in the national form, others with their country."""
    number = phonenumbers.parse(stored)
    home = phonenumbers.country_code_for_region(HOME_REGION) == number.country_code
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)

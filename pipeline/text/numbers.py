"""What a run of digits must be to be somebody's: its shape, its label, its check digits.

A number that is masked already passes every check, so that it is found again.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Kind = Literal["mobile", "landline", "id_card", "bank_card", "email", "qq", "wechat"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Rule:
    """A shape of digits, the labels it must stand behind if any, and what its digits must be."""

    kind: Kind
    shape: re.Pattern[str]
    valid: Callable[[str], bool]
    labels: frozenset[str] = frozenset()


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{pattern})(?![0-9])")


_CHINA = r"(?:00)?(?:86|00)"
_PREFIX = rf"(?:\+?{_CHINA}[ -]|\(\+?{_CHINA}\)[ -]?|\+{_CHINA})"
_MOBILE = re.compile(rf"(?:{_CHINA})?1[3-9][0-9]{{9}}")
_LANDLINE = re.compile(r"(?:(?:00)?860?|0)(?:10|2[0-9]|[3-9][0-9]{2})[1-9][0-9]{6,7}|[48]00[0-9]{7}")
DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_YEARS = re.compile(r"(?:(?:19|20)[0-9]{2}){2}")
_ISSUERS = re.compile(r"62|4[0-9]{15}$|(?:5[1-5]|2[2-7]|3[3-9])[0-9]{14}$|9558|60[13]")
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def digits_of(number: str) -> str:
    """A number without what its groups are set apart by; an X as it is."""
    return "".join(filter(str.isalnum, number)).upper()


def is_zero(digits: str) -> bool:
    """Whether it is masked."""
    return not digits.strip("0")


def _is_qq(digits: str) -> bool:
    return 5 <= len(digits) <= 11 and (is_zero(digits) or not (digits[0] == "0" or _YEARS.fullmatch(digits)))


def _is_mobile(digits: str) -> bool:
    return (len(digits) in (11, 13, 15) and is_zero(digits)) or bool(_MOBILE.fullmatch(digits))


def _is_landline(digits: str) -> bool:
    return is_zero(digits) or bool(_LANDLINE.fullmatch(digits) and not DATE.fullmatch(digits[-8:]))


def _is_phone(digits: str) -> bool:
    return _is_landline(digits) or _is_mobile(digits)


def _is_local(digits: str) -> bool:
    """A number without an area code is no date and no pair of years."""
    dated = DATE.fullmatch(digits) or _YEARS.fullmatch(digits)
    return is_zero(digits) or not (dated or digits[0] == "0")


def _is_id_card(digits: str) -> bool:
    """GB 11643: a province, a day of birth, and a check digit (ISO 7064, MOD 11-2) unless of the old form."""
    if is_zero(digits[:-1]) and digits[-1] in "0X":
        return True
    born = digits[6:14] if len(digits) == 18 else "19" + digits[6:12]
    try:
        day = date.fromisoformat(born)
    except ValueError:
        return False
    checked = (
        len(digits) == 15
        or digits[17]
        == "10X98765432"[
            sum(int(digit) * weight for digit, weight in zip(digits[:17], _WEIGHTS, strict=True)) % 11
        ]
    )
    return checked and bool(_PROVINCE.match(digits)) and 1900 <= day.year <= 2040


def _is_card(digits: str) -> bool:
    """ISO/IEC 7812: a known issuer, and the check digit of Luhn."""
    total = sum(int(digit) for digit in digits[-1::-2]) + sum(
        sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2]
    )
    return is_zero(digits) or bool(_ISSUERS.match(digits) and total % 10 == 0)


def _is_account(digits: str) -> bool:
    return 12 <= len(digits) <= 21


_PHONES = frozenset({"phone", "cell", "fax"})
_AREA = (
    rf"(?:{_PREFIX}?(?:\([0-9]{{3,4}}\)[ -]?|[0-9]{{3,4}}(?: ?-{{1,2}}[ \n]?| ))|{_PREFIX}[0-9]{{2}}[ -]"
    rf"|\({_CHINA}-[0-9]{{2,3}}\)[ -]?)"
)
_ACCOUNT = (
    r"[0-9]{12,21}|[0-9]{4}(?:[ -][0-9]{4}){2,4}(?:[ -][0-9]{1,4})?|[0-9]{5,10}(?:[ -][0-9]{2,13}){1,3}"
)
_CARD = r"[0-9]{16,17}|[0-9]{19}|[0-9]{4}(?:[ -][0-9]{4}){3}(?:[ -][0-9]{1,3})?|[0-9]{6} [0-9]{13}"
_CITIZEN = r"[0-9]{6}[ \n-]?[0-9]{4}[ \n-]?[0-9]{2}[ \n-]?[0-9]{2}[ \n-]?[0-9]{3}[0-9Xx]"
_GROUPS = r"[0-9]{3}[ .\n-][0-9]{4}[ .\n-][0-9]{4}|[0-9]{7}[ .\n-][0-9]{4}|[0-9]{3}\n[0-9]{8}"
_FREE = (
    r"[0-9]{10}|[0-9]{3}[ -](?:[0-9]{3}[ -][0-9]{4}|[0-9]{4}[ -][0-9]{3})|[0-9]{4}[ -][0-9]{3}[ -][0-9]{3}"
)
RULES = (
    Rule("qq", _shape(r"[0-9]{5,11}|[0-9]{3,4}(?: [0-9]{3,4}){1,2}"), _is_qq, frozenset({"qq"})),
    Rule("bank_card", _shape(_ACCOUNT), _is_account, frozenset({"bank"})),
    Rule("id_card", _shape(r"[0-9]{15}"), _is_id_card, frozenset({"id"})),
    Rule("id_card", _shape(_CITIZEN), _is_id_card),
    Rule("bank_card", _shape(_CARD), _is_card),
    Rule("mobile", _shape(r"[0-9]{3}[ -][0-9]{8}"), _is_phone, frozenset({"cell"})),
    Rule("landline", _shape(r"[0-9]{11,12}"), _is_phone, frozenset({"fax"})),
    Rule("mobile", _shape(rf"{_CHINA}[0-9]{{11}}|{_PREFIX}?(?:[0-9]{{11}}|{_GROUPS})"), _is_mobile),
    Rule("mobile", _shape(r"[0-9]{11}"), _is_landline, _PHONES),
    Rule("mobile", _shape(r"[0-9]{3}[ -][0-9]{4}[ -][0-9]{4}"), _is_landline),
    Rule("mobile", _shape(r"[0-9]{1,10}\n[0-9]{1,10}"), _is_mobile, _PHONES),
    Rule("mobile", _shape(r"[0-9]{2,5}(?:[ -][0-9]{2,5}){2,3}"), _is_mobile, _PHONES),
    Rule("landline", _shape(rf"{_AREA}(?:[0-9]{{7,8}}|[0-9]{{3,4}}[ -][0-9]{{4}})"), _is_phone),
    Rule("landline", _shape(_FREE), _is_landline),
    Rule("landline", _shape(r"[0-9]{12}"), _is_landline, _PHONES),
    Rule("landline", _shape(r"[0-9]{7,8}|[0-9]{3,4}[ -][0-9]{4}"), _is_local, _PHONES),
)
"""In the order in which they are asked."""
ANY = re.compile("|".join(dict.fromkeys(rule.shape.pattern for rule in RULES)))

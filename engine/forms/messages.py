"""Every sentence the form engine says to people, in one place so that catalogues can be extracted."""

from __future__ import annotations

REQUIRED = "Expected an answer"
UNKNOWN_FIELD = "Expected only fields of this form"
NOT_AN_OBJECT = "Expected answers by the names of the fields"
NOT_A_GROUP = "Expected a group of answers"
UNCHANGED = "Expected this answer as it was, it cannot be changed here"

TEXT = "Expected text"
CONTROL_CHARACTERS = "Expected text without control characters"
TOO_SHORT = "Expected at least {min} characters, but there are {length}"
TOO_LONG = "Expected at most {max} characters, but there are {length}"
PATTERN = "Expected another format"
EMAIL = "Expected an e-mail address such as name@example.org"
PHONE = "Expected a phone number with its country code, such as +8613800000000"

NUMBER = "Expected a number"
TOO_SMALL = "Expected {min} or more"
TOO_LARGE = "Expected {max} or less"
DECIMAL_DIGITS = "Expected at most {digits} decimal places"
INCREMENT = "Expected a multiple of {increment}"

BOOLEAN = "Expected yes or no"
CHOICE = "Expected one of the options"
CHOICES = "Expected a selection of the options"

DATE = "Expected a date such as 2026-03-31"
TIME = "Expected a time such as 09:30"
DATE_AND_TIME = "Expected a date and time such as 2026-03-31 09:30"
PAST = "Expected today or a later day"

ROWS = "Expected a list of rows"
TOO_MANY_ROWS = "Expected at most {max} rows, but there are {count}"
FIXED_ROWS = "Expected {rows} rows, but there are {count}"

MESSAGES: tuple[str, ...] = (
    REQUIRED,
    UNKNOWN_FIELD,
    NOT_AN_OBJECT,
    NOT_A_GROUP,
    UNCHANGED,
    TEXT,
    CONTROL_CHARACTERS,
    TOO_SHORT,
    TOO_LONG,
    PATTERN,
    EMAIL,
    PHONE,
    NUMBER,
    TOO_SMALL,
    TOO_LARGE,
    DECIMAL_DIGITS,
    INCREMENT,
    BOOLEAN,
    CHOICE,
    CHOICES,
    DATE,
    TIME,
    DATE_AND_TIME,
    PAST,
    ROWS,
    TOO_MANY_ROWS,
    FIXED_ROWS,
)

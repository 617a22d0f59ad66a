"""All built-in functions of FEEL in one table, by name; each drawer (numbers, strings, ...) is a module."""

from engine.feel.builtins.contexts import CONTEXTS
from engine.feel.builtins.conversion import CONVERSION
from engine.feel.builtins.dates import DATES
from engine.feel.builtins.lists import LISTS
from engine.feel.builtins.numbers import NUMERIC
from engine.feel.builtins.ranges import RANGES
from engine.feel.builtins.strings import STRINGS
from engine.feel.builtins.table import BuiltIn

BUILTINS: dict[str, BuiltIn] = {**CONVERSION, **NUMERIC, **STRINGS, **LISTS, **DATES, **RANGES, **CONTEXTS}

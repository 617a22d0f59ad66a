"""Expressions for comparing evaluators: fixed ones, one a line, and some generated from the grammar."""

from __future__ import annotations

import random
from collections.abc import Iterator

CONTEXT = {
    "n": 7,
    "price": 12.5,
    "word": "hotline",
    "open": True,
    "nothing": None,
    "days": [3, 1, 2],
    "applicant": {"name": "Ada", "age": 43, "tags": ["group", "repeat"]},
    "letters": [{"topic": "water", "amount": 10}, {"topic": "heat", "amount": 25}],
}
GENERATED = 140

FIXED = r"""
1 + 2 * 3 - 4 / 8
-2 ** 2
2 ** 3 ** 2
(1 + 2) * -3
10 / 0
"a" + "b"
"a" + 1
null = null
1 = "1"
1 < null
true and null
null or false
not(true)
not(null)
if null then 1 else 2
if n > 5 then "big" else "small"
n between 1 and 7
n in [1..7)
n in (1..7]
n in (1, 7)
n in (> 3, < 1)
n in <= 7
5 in [1..3]
for i in 1..4 return i * i
for i in 4..1 return i
for i in [1, 2], j in [10, 20] return i + j
for i in 1..5 return if i <= 2 then 1 else partial[-1] + partial[-2]
some x in days satisfies x > 2
every x in days satisfies x > 2
some x in [] satisfies true
every x in [] satisfies false
days[1]
days[-1]
days[5]
days[item > 1]
letters[amount > 20].topic
letters.amount
letters[topic = "water"][1].amount
applicant.name
applicant.missing
{a: 1, b: a + 1}.b
{"a b": 1}.a b
[1, 2, [3, 4]]
[1, 2] = [1, 2]
[1, 2] = [2, 1]
{a: 1, b: 2} = {b: 2, a: 1}
(function(x, y) x * y)(3, 4)
{f: function(x) x + 1, r: f(2)}.r
"a" instance of string
null instance of Any
@"2025-05-01" instance of date
@"P1D" instance of days and time duration
[1] instance of list
@"2025-01-31" + @"P1M"
@"2025-03-01" - @"2025-02-01"
@"2024-02-29" + @"P1Y"
@"2025-05-01T10:00:00" + @"PT90M"
@"2025-05-01T10:00:00Z" - @"2025-05-01T08:30:00Z"
@"10:00:00" + @"PT15H"
@"10:00:00" - @"09:15:30"
@"2025-05-01" + @"PT36H"
@"2025-05-01" < @"2025-05-02"
@"2025-05-01".year
@"2025-05-01T10:20:30".minute
@"P1Y2M".months
@"P1DT2H3M".hours
@"P1Y" + @"P3M"
@"P1D" * 2
@"P2D" / @"PT12H"
-@"P1D"
date("2025-02-30")
date(2025, 5, 1)
time("10:30:00+08:00")
date and time("2025-05-01T10:30:00@Asia/Shanghai")
date and time(@"2025-05-01", @"10:30:00")
duration("P14M")
duration("PT90M")
years and months duration(@"2024-12-24", @"2025-03-23")
number("1 000,5", " ", ",")
number("abc")
string(1.50)
string(null)
string(@"P1DT2H")
string length("信访")
substring("hotline", 4)
substring("", 2)
substring("hotline", -4, 2)
upper case(word)
substring before(word, "line")
substring after(word, "hot")
substring before(word, "xyz")
replace("abcd", "(ab)|(a)", "[1=$1]")
replace("aaa", "a{2}", "b")
starts with(word, "hot")
matches(word, "^h.*e$")
matches("HOTLINE", "hot", "i")
split("a;b;;c", ";")
string join(["a", null, "b"], "-")
list contains(days, 2)
list contains([1, null], null)
count(days)
min(days)
max("a", "c", "b")
sum(days)
mean(days)
median(days)
median([1, 2, 3, 4])
stddev([2, 4, 7, 5])
mode([6, 3, 9, 6, 6])
mode([1, 2, 2, 1])
product([2, 3, 4])
all([true, false])
any([true, false])
any([])
sublist([1, 2, 3], 2)
sublist([], 1)
sublist([1], 1, 2)
sublist([1, 2, 3], -2, 1)
append(days, 4)
concatenate([1], [2, 3])
insert before([1, 3], 1, 2)
remove([1, 2, 3], 2)
reverse(days)
index of([1, 2, 3, 2], 2)
union([1, 2], [2, 3])
distinct values([1, 2, 3, 2, 1])
flatten([[1, 2], [[3]], 4])
sort(days, function(a, b) a < b)
decimal(1 / 3, 2)
decimal(2.5, 0)
floor(-1.5)
ceiling(-1.5)
round up(5.5, 0)
round down(-5.5, 0)
round half up(-1.126, 2)
round half down(5.5, 0)
abs(-10)
abs(@"-P2D")
modulo(-12, 5)
modulo(12, -5)
modulo(10.1, 4.5)
sqrt(-1)
log(1)
exp(0)
before(1, 10)
before([1..5), [5..10])
after([5..10], [1..5))
meets([1..5], [5..10])
met by([5..10], [1..5])
overlaps([1..5], [3..8])
overlaps before([1..5], [3..8])
overlaps after([3..8], [1..5])
finishes(10, [1..10])
finished by([1..10], [5..10])
includes([1..10], 5)
during(5, [1..10])
starts([1..5], [1..10])
started by([1..10], 1)
coincides([1..5], [1..5])
day of year(@"2019-09-17")
day of week(@"2019-09-17")
month of year(@"2019-09-17")
week of year(@"2003-12-29")
is(@"10:00:00", @"10:00:00Z")
get value({a: 1}, "a")
get entries({a: 1})
context([{key: "a", value: 1}])
context put({a: 1}, "b", 2)
context put({a: {b: 1}}, ["a", "b"], 2)
context merge([{a: 1}, {a: 2, b: 3}])
list replace([2, 4, 7, 8], 3, 6)
list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)
[1..3].start
(< 5).end included
string([1..3))
range("[18..21)")
"say \"hi\"\n"
"\u4fe1"
1 + /* in between */ 2
"""


def expressions(seed: int = 20250501) -> Iterator[str]:
    """The fixed expressions, and as many generated ones as GENERATED says: always the same for a seed."""
    fixed = FIXED.strip().splitlines()
    yield from fixed
    chance = random.Random(seed)
    seen = set(fixed)
    while len(seen) < len(fixed) + GENERATED:
        text = one(chance, "any", 3)
        if text not in seen:
            seen.add(text)
            yield text


def one(chance: random.Random, kind: str, depth: int) -> str:
    """An expression of a kind, nested at most so deep."""
    if kind == "any":
        kind = chance.choice(list(LEAVES))
    rules: tuple[str, ...] = LEAVES[kind] if not depth or chance.random() < 0.15 else RULES[kind]
    text = chance.choice(rules)
    for hole, wanted in HOLES.items():
        while hole in text:
            text = text.replace(hole, one(chance, wanted, depth - 1), 1)
    return text


HOLES = {"<n>": "number", "<s>": "string", "<b>": "boolean", "<l>": "list", "<d>": "date", "<p>": "duration"}
LEAVES: dict[str, tuple[str, ...]] = {
    "number": ("0", "1", "-3", "2.5", "n", "price", "applicant.age", "letters[1].amount"),
    "string": ('""', '"water"', '"a b"', "word", "applicant.name"),
    "boolean": ("true", "false", "open", "null"),
    "list": ("[]", "[1, 2, 3]", "days", "letters.amount", "[5, null]"),
    "date": ('@"2025-05-01"', '@"2024-02-29"', 'date("2025-12-31")'),
    "duration": ('@"P1D"', '@"P40D"', '@"-P2D"'),  # of whole days: with hours, see FIXED
}
RULES: dict[str, tuple[str, ...]] = {
    "number": (
        "(<n> + <n>)",
        "(<n> - <n>)",
        "(<n> * <n>)",
        "-(<n>)",
        "abs(<n>)",
        "floor(<n>)",
        "modulo(<n>, 4)",
        "decimal(<n>, 1)",
        "(if <b> then <n> else <n>)",
        "sum(<l>)",
        "count(<l>)",
        "max(<l>)",
        "<l>[1]",
        "string length(<s>)",
        "<d>.day",
        "<p>.days",
    ),
    "string": (
        "(<s> + <s>)",
        "upper case(<s>)",
        'substring("ab" + <s>, 2)',
        'substring before(<s>, "a")',
        'replace(<s>, "[aeiou]", "_")',
        "(if <b> then <s> else <s>)",
        "string(<n>)",
        "string(<d>)",
        "day of week(<d>)",
    ),
    "boolean": (
        "(<n> < <n>)",
        "(<n> = <n>)",
        "(<s> != <s>)",
        "(<b> and <b>)",
        "(<b> or <b>)",
        "not(<b>)",
        "(<n> in [1..<n>])",
        "(<n> between <n> and <n>)",
        "list contains(<l>, <n>)",
        "(some x in <l> satisfies x > <n>)",
        "(every x in <l> satisfies x != <n>)",
        "(<d> > <d>)",
        "(<p> <= <p>)",
        "starts with(<s>, <s>)",
        "(<n> = <s>)",
    ),
    "list": (
        "[<n>, <n>]",
        "(for x in <l> return x)",
        "(for x in <l> return <n>)",
        "<l>[item > <n>]",
        "append(<l>, <n>)",
        "concatenate(<l>, <l>)",
        "reverse(<l>)",
        "distinct values(<l>)",
        "sublist([1, 2, <n>], 1, 2)",
    ),
    "date": ("(<d> + <p>)", "(<d> - <p>)", "(if <b> then <d> else <d>)", '(<d> + @"P1M")'),
    "duration": ("(<p> + <p>)", "(<p> - <p>)", "(<d> - <d>)", "abs(<p>)"),
}

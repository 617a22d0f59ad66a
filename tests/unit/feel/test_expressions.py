"""What expressions mean: each construct of the language in a line or two of casework."""

from decimal import Decimal

import pytest

from engine.feel import FeelSyntaxError, compile, evaluate, to_json

CASE = {
    "amount": 12000,
    "rate": 0.1,
    "decision": "accept",
    "urgent": True,
    "deadline": None,
    "first name": "Mei",
    "信访人": "王芳",
    "parties": [
        {"name": "Li", "age": 42, "claims": [1, 2]},
        {"name": "Zhao", "age": 17, "claims": []},
        {"name": "Sun", "age": 65, "claims": [3]},
    ],
    "count": 7,
    "external review": True,
    "instance": {"id": 3},
    "date": "2025-03-01",
}

MEANINGS = [
    # arithmetic in decimals, not in binary fractions
    ("0.1 + 0.2", 0.3),
    ("amount * rate", 1200),
    ("2 ** 3 ** 2", 64),
    ("-2 ** 2", 4),
    ("10 / 4 - 1", 1.5),
    ("1 / 3 * 3", 0.9999999999999999999999999999999999),
    ("1.5e3", 1500),
    (".5 + 0.5", 1),
    # strings
    ('"Ms " + 信访人', "Ms 王芳"),
    (r'"line\nbreak \"quoted\" \u4fe1"', 'line\nbreak "quoted" 信'),
    (r'"\ud83d\ude00"', "😀"),
    (r'"\d+"', r"\d+"),
    # names
    ("first name", "Mei"),
    ("external review and instance.id = 3", True),
    ("instance.id instance of number", True),
    ("string length(first name) + 1", 4),
    ("// a remark\namount /* and another */ + 1", 12001),
    # a variable does not hide the built-in of the same name
    ("count(parties) + count", 10),
    ("date(date).year", 2025),
    # logic with three values
    ("true and null", None),
    ("false and null", False),
    ("null or true", True),
    ("null or false", None),
    ("not(null)", None),
    ('decision = "accept" and amount > 1000', True),
    ('1 = "1"', None),
    ("deadline = null", True),
    ("amount != null", True),
    # conditions
    ('if amount > 10000 then "high" else "low"', "high"),
    ('if null then "yes" else "no"', "no"),
    ("amount between 1 and 20000", True),
    ('decision in ("accept", "refuse")', True),
    ("amount in [1..12000[", False),
    ("amount in (1..12000]", True),
    ("amount in ]1..12000]", True),
    ("amount in (> 13000, < 12001)", True),
    ("amount in >= 12000", True),
    ("5 in [[1..3], [4..6]]", True),
    ("5 in (1..5) or 5 in (4..6)", True),
    ("5 in [1..null]", None),
    # lists
    ("[1, 2, 3][2]", 2),
    ("[1, 2, 3][-1]", 3),
    ("[1, 2, 3][4]", None),
    ("[1, 2, 3][item >= 2]", [2, 3]),
    ("[][1]", None),
    ("parties[age > 40].name", ["Li", "Sun"]),
    ("parties[age > 40 and count(claims) = 1].name", ["Sun"]),
    ("parties[1].claims[2]", 2),
    ("parties[item.age < 18][1].name", "Zhao"),
    ("parties.age", [42, 17, 65]),
    ("amount[item > 1]", [12000]),
    ("null[item > 1]", []),
    # loops
    ("for i in 1..3 return i * i", [1, 4, 9]),
    ("for i in 3..1 return i", [3, 2, 1]),
    ("for i in [1..3) return i", [1, 2]),
    ("for i in 1..5 return if i = 1 then 1 else i * partial[-1]", [1, 2, 6, 24, 120]),
    ("for p in parties, c in p.claims return p.name + string(c)", ["Li1", "Li2", "Sun3"]),
    ('for d in @"2025-02-28"..@"2025-03-01" return d', ["2025-02-28", "2025-03-01"]),
    ("for i in null return i", None),
    ("some p in parties satisfies p.age < 18", True),
    ("every p in parties satisfies p.age < 18", False),
    ("every x in [] satisfies false", True),
    ("some x in [1, null] satisfies x > 5", None),
    # contexts
    ("{total: amount * 2, half: total / 4}.half", 6000),
    ('{"a b": 1, c-d: 2}', {"a b": 1, "c-d": 2}),
    ("{a: 1, a: 2}", None),
    ("{a: 1}.b", None),
    ("[{net sum: 3}].net sum", [3]),
    # functions
    ("(function(a, b) a - b)(5, 3)", 2),
    ("(function(a, b) a - b)(b: 5, a: 3)", -2),
    ("{twice: function(x: number) x * 2, y: twice(21)}.y", 42),
    ('(function(x: number) x)("a")', None),
    ("(function(x: number) x)([4])", 4),
    ("(function(a) a)(1, 2)", None),
    ('{f: function() external {java: {class: "x"}}}.f', None),
    ('substring(string: "hotline", start position: 4)', "line"),
    ("amount(1)", None),
    # types
    ("amount instance of number", True),
    ("urgent instance of number", False),
    ("parties instance of list<context<name: string, age: number>>", True),
    ("[1..3] instance of range<number>", True),
    ("(function(a) a) instance of function<number> -> number", True),
    ('@"2025-01-01T10:00:00" instance of date and time', True),
    ('@"P1D" instance of days and time duration', True),
    ("null instance of Any", False),
    ("amount instance of nonsense", None),
    # ranges as values
    ("[1..3].start", 1),
    ("(1..3].start included", False),
    ("(< 5).end", 5),
    ("[3..1]", None),
    ("[1..3] = [1..3]", True),
    ("(>= 1) = [1..null]", False),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_an_expression_means(text, meaning):
    assert to_json(evaluate(text, CASE)) == meaning


def test_numbers_keep_34_digits():
    assert evaluate("1 / 3") == Decimal("0." + "3" * 34)


NOT_FEEL = [
    ("", "Expected a value, but the text ends"),
    ("1 +", "Expected a value"),
    ("amount >", "Expected a value"),
    ('"open', "closing quotation mark"),
    ("if a then b", "Expected `else`"),
    ("for x of y return x", "Expected a name and `in`"),
    ("(1, 2", "Expected"),
    ("f(a: 1, 2)", "by name"),
    ("金额，1", "found `，`"),
    ("{: 1}", "Expected a name"),
    ("a.1", "Expected"),
    ("a instance of 1", "Expected a type"),
    ("@ 1", "literal such as"),
    ("[1..3", "end of the range"),
    ("and", "Expected a value"),
    ("1e99999", "below 1E"),
    ("1 /* a remark without end", "end of the remark"),
    ("working between 1", "Expected `and`"),
]


@pytest.mark.parametrize(("text", "message"), NOT_FEEL)
def test_a_text_that_is_not_feel_is_refused_with_the_place(text, message):
    with pytest.raises(FeelSyntaxError, match=message) as refusal:
        compile(text)

    assert 0 <= refusal.value.position <= len(text)


def test_names_with_symbols_are_resolved_against_the_known_names():
    known = {"pre-tax sum": 10, "sum": 3, "order in list": 2, "a/b": 6}

    assert evaluate("pre-tax sum - sum", known) == 7
    assert evaluate("order in list * 2 + a/b", known) == 10


def test_an_expression_tells_what_it_reads_and_calls():
    expression = compile("for p in parties return p.age + bonus(limit) + count([item])")

    assert expression.names == {"parties", "limit", "item"}
    assert expression.functions == {"bonus", "count"}
    assert compile("some x in xs satisfies x > y").names == {"xs", "y"}
    assert compile("{a: b, c: a}").names == {"b"}
    assert compile("function(a) a + b").names == {"b"}
    assert compile("xs[item > y]").names == {"xs", "y"}


def test_compiling_twice_gives_the_same_expression():
    assert compile("1 + 1") is compile("1 + 1")
    assert repr(compile("1 + 1")) == "Expression('1 + 1')"

"""The built-in functions, drawer by drawer."""

import pytest

from engine.feel import BUILTINS, Environment, evaluate, to_json

RESULTS = [
    # conversion
    ('number("1 000,5", " ", ",")', 1000.5),
    ('number("1,000.5", ",", ".")', 1000.5),
    ('number("abc")', None),
    ('number("1", "x", ".")', None),
    ('number("1", ".", ".")', None),
    ("number(5)", 5),
    ("string(1.50)", "1.5"),
    ("string(1e3)", "1000"),
    ("string(null)", None),
    ('string([1, "a", null, true, {b: @"P1D"}])', '[1, "a", null, true, {b: P1D}]'),
    ("string([1..3))", "[1..3)"),
    ("string((< 3))", "(< 3)"),
    ("string((>= 3))", "(>= 3)"),
    ('2 in range("[1..3]")', True),
    ('range("[1..x]")', None),
    ('range("[3..1]")', None),
    ('range("1")', None),
    ('range("[[")', None),
    ('is(1, "1")', False),
    ("is([1], [1])", True),
    # numbers
    ("decimal(2.5, 0)", 2),
    ("decimal(1234.567, -2)", 1200),
    ("decimal(1, 9999)", None),
    ("floor(-1.5)", -2),
    ("ceiling(-1.5)", -1),
    ("round up(1.11, 1)", 1.2),
    ("round down(-1.19, 1)", -1.1),
    ("round half up(2.5, 0)", 3),
    ("round half down(2.5, 0)", 2),
    ("abs(-3)", 3),
    ("modulo(-12, 5)", 3),
    ("modulo(12, 0)", None),
    ("sqrt(16)", 4),
    ("sqrt(-1)", None),
    ("log(1)", 0),
    ("log(0)", None),
    ("exp(0)", 1),
    ("exp(100000)", None),
    ("odd(3) and even(-2)", True),
    ("even(2.5)", None),
    # strings
    ('substring("hotline", 4)', "line"),
    ('substring("hotline", -4, 2)', "li"),
    ('substring("hotline", 0)', None),
    ('substring("hotline", 1, 0)', None),
    ('string length("信访")', 2),
    ('upper case("ab") + lower case("CD")', "ABcd"),
    ('substring before("a-b", "-")', "a"),
    ('substring after("a-b", "-")', "b"),
    ('substring after("ab", "-")', ""),
    ('substring after("ab", "")', "ab"),
    ('contains("abc", "b")', True),
    ('starts with("abc", "ab") and ends with("abc", "bc")', True),
    ('matches("Anna", "^a.*A$", "i")', True),
    ('matches("a b", "a\\sb", "x")', True),
    ('matches("a.b", "a.b", "q")', True),
    ('matches("abc", "(")', None),
    ('matches("abc", "a", "z")', None),
    (r'replace("13912345678", "^(\d{3})\d{4}", "$1****")', "139****5678"),
    (r'replace("a", "a", "\$1")', "$1"),
    ('replace("a", "a", "$")', None),
    ('replace("ab", "(a)", "$12")', "a2b"),
    ('split("a; b;c", ";\\s*")', ["a", "b", "c"]),
    ('split("abc", "")', None),
    ('string join(["a", null, "b"], "-")', "a-b"),
    ('string join(["a", 1])', None),
    # patterns in the words of XPath
    (r'matches("x\ry", "x.y")', False),
    (r'matches("x\ry", "x.y", "s")', True),
    (r'matches("O", "^[A-Z-[OI]]$")', False),
    (r'matches("A", "^[A-Z-[OI]]$")', True),
    (r'matches("a", "[a-[a]]")', None),
    (r'matches("王", "^\p{IsCJKUnifiedIdeographs}$")', True),
    (r'matches("王", "^[a\p{IsBasicLatin}]$")', False),
    (r'matches("王", "\P{IsBasicLatin}")', True),
    (r'matches("王", "[\P{IsBasicLatin}]")', None),
    (r'matches("a", "\p{IsKlingon}")', None),
    (r'matches("_a-1", "^\i\c*$")', True),
    (r'matches("hello world", "hello\ sworld", "x")', True),
    (r'matches("a b", "a[ ]b", "x")', True),
    (r'matches("aa", "(a)\1")', None),
    # lists
    ("list contains([1, null], null)", True),
    ("count([1, 2])", 2),
    ("count(1, 2, 3)", 3),
    ("min(3, 1, 2)", 1),
    ('max(["a", "c", "b"])', "c"),
    ("min([])", None),
    ('max(1, "a")', None),
    ("sum([1, 2.5])", 3.5),
    ('sum([@"P1D", @"PT12H"])', "P1DT12H"),
    ("sum([])", None),
    ('sum(["a", "b"])', None),
    ("mean(1, 2, 6)", 3),
    ("median([1, 5, 2, 4])", 3),
    ("median([])", None),
    ("stddev(2, 4, 7, 5) > 2", True),
    ("stddev([1])", None),
    ("mode([6, 1, 9, 1, 6])", [1, 6]),
    ("mode([])", []),
    ("product(2, 3, 4)", 24),
    ("product([])", None),
    ('product([1, "a"])', None),
    ("all([true, null])", None),
    ("all([])", True),
    ("any([false, true, null])", True),
    ("any([false, null])", None),
    ("sublist([1, 2, 3], 2)", [2, 3]),
    ("sublist([1, 2, 3], -2, 1)", [2]),
    ("sublist([1, 2, 3], 2, 5)", None),
    ("append([1], 2, 3)", [1, 2, 3]),
    ("concatenate([1], [2, 3])", [1, 2, 3]),
    ("insert before([1, 3], 2, 2)", [1, 2, 3]),
    ("remove([1, 2, 3], -1)", [1, 2]),
    ("remove([1], 5)", None),
    ("reverse([1, 2])", [2, 1]),
    ("index of([1, 2, 1, null], 1)", [1, 3]),
    ("union([1, 2], [2, 3])", [1, 2, 3]),
    ("distinct values([1, 1.0, [2], [2], null, null])", [1, [2], None]),
    ("flatten([1, [2, [3]]])", [1, 2, 3]),
    ("sort([3, 1, 2])", [1, 2, 3]),
    ("sort(list: [3, 1, 2], precedes: function(x, y) x > y)", [3, 2, 1]),
    ('sort([1, "a"])', None),
    ("list replace([1, 2, 3], 2, 9)", [1, 9, 3]),
    ("list replace([1, 2, 3], function(item, newItem) item < newItem, 3)", [3, 3, 3]),
    ("list replace([1], function(item) true, 3)", None),
    ("list replace([1], function(a, b) 5, 3)", None),
    # ranges
    ("before(1, 2)", True),
    ("before([1..5), 5)", True),
    ("before(1, (1..5])", True),
    ("after([6..8], [1..5])", True),
    ("after(6, [1..5])", True),
    ("after([6..8], 5)", True),
    ("after(2, 1)", True),
    ("meets([1..5], [5..8])", True),
    ("met by([5..8], [1..5])", True),
    ("overlaps([1..5], [3..8])", True),
    ("overlaps([1..5), [5..8])", False),
    ("overlaps before([1..5], [3..8])", True),
    ("overlaps after([3..8], [1..5])", True),
    ("finishes(5, [1..5])", True),
    ("finishes([3..5], [1..5])", True),
    ("finished by([1..5], 5)", True),
    ("finished by([1..5], [3..5])", True),
    ("includes([1..5], 3)", True),
    ("includes([1..5], [2..3])", True),
    ("during(3, [1..5])", True),
    ("during([2..3], [1..5])", True),
    ("starts(1, [1..5])", True),
    ("starts([1..3], [1..5])", True),
    ("started by([1..5], 1)", True),
    ("started by([1..5], [1..3])", True),
    ("coincides([1..5], [1..5])", True),
    ("coincides(5, 5)", True),
    ('before(1, "a")', None),
    # contexts
    ('get value({a: 1}, "a")', 1),
    ('get value({a: 1}, "b")', None),
    ("get entries({a: 1})", [{"key": "a", "value": 1}]),
    ('context([{key: "a", value: 1}])', {"a": 1}),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', None),
    ("context([{k: 1}])", None),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ('context put({a: {b: 1}}, ["a", "c"], 2)', {"a": {"b": 1, "c": 2}}),
    ("context put({}, [], 2)", None),
    ("context put({}, [1, 2], 2)", None),
    ('context put({a: 1}, ["a", "b"], 2)', None),
    ("context merge([{a: 1, b: 1}, {b: 2}])", {"a": 1, "b": 2}),
    ("context merge([{a: 1}, 2])", None),
    # arguments that do not fit
    ("abs([-1])", 1),
    ('abs("1")', None),
    ("abs(n: -1)", 1),
    ("abs(m: -1)", None),
    ("abs()", None),
    ("abs(1, 2)", None),
    ("abs", "function abs"),
]


@pytest.mark.parametrize(("text", "result"), RESULTS, ids=[text for text, _ in RESULTS])
def test_a_built_in_gives(text, result):
    assert to_json(evaluate(text)) == result


def test_the_table_describes_every_built_in():
    for name, built_in in BUILTINS.items():
        assert built_in.name == name
        assert built_in.drawer
        assert all(signature.description for signature in built_in.signatures)

    assert str(BUILTINS["substring"].signatures[0]) == "string, start position, length?"


def test_a_null_comes_with_its_reason():
    reasons: list[str] = []

    evaluate('abs("1") + missing', env=Environment(reasons=reasons))

    assert reasons[0] == "Expected abs(n) or abs(n), but got string"
    assert "'missing'" in reasons[1]
    assert "`+`" in reasons[2]


def test_extension_functions_are_called_with_feel_values():
    env = Environment(functions={"add working days": lambda day, n: f"{day}+{n}", "broken": lambda: [][0]})

    assert evaluate('add working days(@"2025-05-01", 3)', env=env) == "2025-05-01+3"
    assert evaluate("broken()", env=env) is None


def test_an_extension_whose_name_holds_a_word_of_the_language():
    env = Environment(functions={"working days between": lambda a, b: b - a, "is working day": lambda a: a > 0})

    assert evaluate("working days between(3, 5) > 1 and is working day(1)", env=env) is True

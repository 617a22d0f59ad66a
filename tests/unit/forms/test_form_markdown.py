"""The small Markdown of text components."""

import pytest

from engine.forms.markdown import render

REL = 'rel="noopener noreferrer"'


@pytest.mark.parametrize(
    "text, html",
    [
        ("One\ntwo\n\nthree", "<p>One<br>two</p><p>three</p>"),
        ("# A\n### B\n###### C", "<h2>A</h2><h3>B</h3><h4>C</h4>"),
        ("**bold** and *it*", "<p><strong>bold</strong> and <em>it</em></p>"),
        ("__bold__ and _it_", "<p><strong>bold</strong> and <em>it</em></p>"),
        ("snake_case_name 2 * 3 * 4", "<p>snake_case_name 2 * 3 * 4</p>"),
        ("To do:\n- one\n- two\nend", "<p>To do:</p><ul><li>one</li><li>two</li></ul><p>end</p>"),
        ("1. one\n2) two", "<ol><li>one</li><li>two</li></ol>"),
        ("<b>&", "<p>&lt;b&gt;&amp;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](http://a.b/c_d_e?f=1&g=2)", f'<p><a href="http://a.b/c_d_e?f=1&amp;g=2" {REL}>x</a></p>'),
        ('[x](https://a.b/"onclick="y)', f'<p><a href="https://a.b/&quot;onclick=&quot;y" {REL}>x</a></p>'),
        ("", ""),
    ],
)
def test_markdown(text, html):
    assert render(text) == html


def test_what_an_expression_gives_is_no_markup():
    html = render("**{{a}}** and [{{a}}](https://x.y/{{a}})", lambda text: '*<"' + text)

    assert html == (
        "<p><strong>*&lt;&quot;a</strong> and "
        '<a href="https://x.y/*&lt;&quot;a" rel="noopener noreferrer">*&lt;&quot;a</a></p>'
    )


def test_private_characters_cannot_stand_for_values():
    assert render("\ue0000\ue001 {{a}}", lambda text: "x") == "<p>0 x</p>"

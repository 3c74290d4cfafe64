"""The scanner that tells on which line a key stands."""

import tomllib
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ipscausal.study_file.lines import key_lines, nearest_line


def test_sections_dotted_keys_inline_tables_and_lists() -> None:
    text = (
        "top = 1  # a comment with [brackets] and = signs\n"  # 1
        "\n"
        "[a]\n"  # 3
        "plain = 'it''s'\n".replace("''s", " s")  # 4
        + "dotted.key = [1,\n"  # 5
        "  2, # two\n"  # 6
        '  "three ] not the end"]\n'  # 7
        'inline = { x = 1, "quoted key" = { y = [ { z = 2 } ] } }\n'  # 8
        "[a.b]\n"  # 9
        'long = """first\n'  # 10
        "[not.a.section]\n"
        'not = a key"""\n'
        "after = true\n"  # 13
        "[[many]]\n"  # 14
        "n = 1\n"
        "[[many]]\n"  # 16
        "n = 2\n"  # 17
        "[many.below]\n"  # 18
        "k = 2026-01-01\n"
    )
    tomllib.loads(text)
    lines = key_lines(text)
    expected = {
        ("top",): 1, ("a",): 3, ("a", "plain"): 4, ("a", "dotted", "key"): 5, ("a", "dotted", "key", 1): 6,
        ("a", "dotted", "key", 2): 7, ("a", "inline", "quoted key", "y", 0, "z"): 8, ("a", "b"): 9,
        ("a", "b", "long"): 10, ("a", "b", "after"): 13, ("many", 0): 14, ("many", 1, "n"): 17,
        ("many", 1, "below", "k"): 19,
    }  # fmt: skip
    assert {path: lines[path] for path in expected} == expected
    assert ("not", "a", "section") not in lines


def test_nearest_line_falls_back_on_what_holds_the_key() -> None:
    lines = key_lines("[a]\nb = 1\n")
    assert nearest_line(lines, ("a", "missing")) == 1
    assert nearest_line(lines, ("a", "b", 3)) == 2
    assert nearest_line(lines, ("absent",)) is None


KEYS = st.sampled_from(["a", "b-1", "c_c", "with space"])
SCALARS = st.one_of(st.integers(), st.booleans(), st.text(alphabet="ab]}#=,.[{'\"\n", max_size=6))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)


def written(value: Any) -> str:
    """TOML of a value, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list):
        return "[ " + ", ".join(written(item) for item in value) + " ]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {written(item)}' for key, item in value.items()) + " }"
    return str(value)


def paths(value: Any, at: tuple[str | int, ...]) -> set[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    return {at}.union(*(paths(item, (*at, key)) for key, item in items))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(KEYS, VALUES, st.integers(0, 2)), max_size=4, unique_by=lambda pair: pair[0]))
def test_every_path_of_a_written_document_is_found_on_its_line(pairs: list[tuple[str, Any, int]]) -> None:
    text, expected = "[s]\n", {}
    for key, value, blank in pairs:
        text += "# [comment]\n" * blank
        for path in paths(value, ("s", key)):
            expected[path] = text.count("\n") + 1
        text += f'"{key}" = {written(value)}\n'
    assert tomllib.loads(text)["s"] == {key: value for key, value, _ in pairs}
    lines = key_lines(text)
    assert {path: lines.get(path) for path in expected} == expected

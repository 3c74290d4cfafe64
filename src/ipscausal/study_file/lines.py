"""Where each key of a TOML text stands.

A small scanner for text that tomllib has already accepted: it follows sections, arrays of
sections, dotted and quoted keys, inline tables, arrays and all four kinds of string, and
records the line of every key. It reads no values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""\s*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
# strings of the four kinds, else anything up to the end of a plain value
_SCALAR = re.compile(
    r""""{3}(?:[^\\]|\\.)*?"{3,5}|'{3}.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^,\]}\n#]*""", re.DOTALL
)


def key_lines(text: str) -> Mapping[Path, int]:
    """Line (from 1) of every section and key, by path; list elements appear with their index."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


def nearest_line(lines: Mapping[Path, int], path: Path) -> int | None:
    """The line of `path`, else of the closest section or key that holds it, else None."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    lines: dict[Path, int] = field(default_factory=dict)
    repeats: dict[Path, int] = field(default_factory=dict)

    def document(self) -> None:
        section: Path = ()
        for _ in self._until_end():
            if self.text.startswith("[[", self.at):
                section = self._array_section()
            elif self.text[self.at] == "[":
                section = self._section()
            else:
                self._pair(section)

    def _until_end(self) -> Iterator[None]:
        self._skip_space()
        while self.at < len(self.text):
            yield
            self._skip_space()

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _note(self, path: Path, start: int) -> None:
        line = self.text.count("\n", 0, start) + 1
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _key(self) -> Path:
        parts: list[str | int] = []
        while found := _KEY_PART.match(self.text, self.at):
            parts.append(next(group for group in found.groups() if group is not None))
            self.at = found.end()
            if not self.text.startswith(".", self.at):
                break
            self.at += 1
        return tuple(parts)

    def _section(self) -> Path:
        start = self.at
        self.at += 1
        path = self._inside_repeats(self._key())
        self.at += 1
        self._note(path, start)
        return path

    def _array_section(self) -> Path:
        start = self.at
        self.at += 2
        path = self._key()
        number = self.repeats.get(path, 0)
        self.repeats[path] = number + 1
        self.at += 2
        self._note((*path, number), start)
        return (*path, number)

    def _inside_repeats(self, path: Path) -> Path:
        """`[a.b]` below `[[a]]` belongs to the last `a`."""
        for length in range(1, len(path)):
            if path[:length] in self.repeats:
                return (*path[:length], self.repeats[path[:length]] - 1, *path[length:])
        return path

    def _pair(self, section: Path) -> None:
        start = self.at
        key = self._key()
        if not key:  # not a key: leave the line, so that any text ends the scan
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
            return
        self.at += 1  # the equals sign
        self._note((*section, *key), start)
        self._value((*section, *key))

    def _value(self, path: Path) -> None:
        self._skip_space()
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif found := _SCALAR.match(self.text, self.at):
            self.at = found.end()

    def _array(self, path: Path) -> None:
        self.at += 1
        number = 0
        for _ in self._until_end():
            if self.text[self.at] == "]":
                break
            if self.text[self.at] == ",":
                number += 1
                self.at += 1
                continue
            before = self.at
            self._note((*path, number), self.at)
            self._value((*path, number))
            self.at += self.at == before
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        for _ in self._until_end():
            if self.text[self.at] == "}":
                break
            if self.text[self.at] == ",":
                self.at += 1
                continue
            self._pair(path)
        self.at += 1

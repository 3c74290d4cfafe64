"""Changes of municipality codes, as a statistical office lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """From `day` on, the area of `old`, or a part of it, has the code `new`.

    A merge has several old codes for one new one, a split several new ones for one old one. old = new says that the
    code goes on although others join it or leave it.
    """

    day: dt.date
    old: str
    new: str

    @property
    def is_new_code(self) -> bool:
        """Whether the code is another one afterwards."""
        return self.old != self.new


def in_window(changes: Iterable[Change], first_day: dt.date, last_day: dt.date) -> tuple[Change, ...]:
    """Changes that divide the window: after its first day and up to its last, sorted, each once."""
    return tuple(sorted({change for change in changes if first_day < change.day <= last_day}))


def covered(code: str, day: dt.date, present: Collection[str], changes: Iterable[Change]) -> frozenset[str]:
    """The codes of `present`, those in use on `day`, whose area `code` stands for.

    A code in use stands for itself. One that comes later stands for the codes that it will be made of, one that has
    gone for the codes that it became; a table written afterwards names either.
    """
    if code in present:
        return frozenset({code})
    known = [change for change in changes if change.is_new_code]
    later = _reached(code, ((change.new, change.old) for change in known if change.day > day))
    earlier = _reached(code, ((change.old, change.new) for change in known if change.day <= day))
    return frozenset((later | earlier) & set(present))


def changes_on_circles(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Changes of one day that lead back to the code they start from: A becomes B and B becomes A."""
    known = [change for change in changes if change.is_new_code]
    return tuple(
        sorted(
            one
            for one in set(known)
            if one.old in _reached(one.new, ((step.old, step.new) for step in known if step.day == one.day))
        )
    )


def _reached(start: str, steps: Iterable[tuple[str, str]]) -> set[str]:
    """What can be reached from `start` along directed steps, `start` itself only on a way back."""
    following: dict[str, set[str]] = {}
    for here, there in steps:
        following.setdefault(here, set()).add(there)
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for there in following.get(waiting.pop(), ()):
            if there not in found:
                found.add(there)
                waiting.append(there)
    return found

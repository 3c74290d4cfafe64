"""Who comes and goes leaves where no count of a few can be found by subtraction.

Outsiders hold the persons of every arm and year (trends) and all distinct persons (flow). Between two years of an arm
the numbers who stay, come and go are one number in three shapes, since the persons of both years are known: they go
together. Of those who come or go, parts leave where each, and what remains, reaches the minimum. Moves out of all
municipalities of a year are moves into all of them in the next, so these four leave together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.roles import Role

Checked = Mapping[str, list[Draft]]
BEFORE, AFTER = ("stayed", "came", "came_moved"), ("gone", "gone_moved", "gone_died")
MOVED = {"came": ("came_moved",), "gone": ("gone_moved", "gone_died")}


def protect_composition(checked: Checked, limit: int) -> None:
    """Withhold, in place, whatever would reveal few persons. Comes after the years of `trends` are settled."""
    rows = {(draft.row["arm"], draft.row["year"]): draft for draft in checked["composition"]}
    hidden_years = {draft.row["year"] for draft in checked["trends"] if draft.hides(Role.COUNT)}
    persons = {(draft.row["arm"], draft.row["year"]): draft.row["persons"] for draft in checked["trends"]}
    for (arm, year), draft in rows.items():
        earlier = rows.get((arm, year - 1))
        if earlier is None:
            draft.hide_columns("complement", *BEFORE)
            continue
        counts = (draft.row["stayed"], draft.row["came"], earlier.row["gone"])
        few = any(count is None or count < limit for count in counts) or any(
            0 < persons.get((arm, of), 0) - counts[0] - other < limit
            for of, other in ((year, counts[1]), (year - 1, counts[2]))
        )
        if few or {year, year - 1} & hidden_years:
            _hide_step(earlier, draft)
    for arm in dict.fromkeys(arm for arm, _ in rows):
        _returned(arm, rows, checked["flow"], limit)
    for draft in rows.values():
        for whole, parts in MOVED.items():
            _parts(draft, whole, parts, limit)
    for year in {year for _, year in rows}:
        _moves(
            [d for (_, other), d in rows.items() if other == year - 1], [d for (_, y), d in rows.items() if y == year]
        )


def _hide_step(earlier: Draft, later: Draft) -> None:
    earlier.hide_columns("complement", *AFTER)
    later.hide_columns("complement", *BEFORE)


def _returned(arm: str, rows: Mapping[tuple[str, int], Draft], flow: Sequence[Draft], limit: int) -> None:
    """First year and all who came, less distinct persons, came back: few of them cost the smallest step."""
    steps = [draft for draft in flow if draft.row["arm"] == arm and not draft.hides(Role.COUNT)]
    own = sorted((draft for (where, _), draft in rows.items() if where == arm), key=lambda draft: draft.row["year"])
    later = own[1:]
    if not steps or not later or any("came" in draft.hidden for draft in later):
        return
    first = later[0].row["stayed"] + own[0].row["gone"]
    back = first + sum(draft.row["came"] for draft in later) - max(steps, key=lambda d: d.row["step"]).row["persons"]
    if 0 < abs(back) < limit:
        smallest = min(later, key=lambda draft: (draft.row["came"], draft.row["year"]))
        _hide_step(own[own.index(smallest) - 1], smallest)


def _parts(draft: Draft, whole: str, parts: Sequence[str], limit: int) -> None:
    """Parts that are few, and those whose remainder would be."""
    known = [name for name in parts if draft.row[name] is not None and name not in draft.hidden]
    kept = [name for name in known if draft.row[name] >= limit]
    if whole in draft.hidden:
        kept = []
    while kept and draft.row[whole] - sum(draft.row[name] for name in kept) < limit:
        kept.remove(min(kept, key=lambda name: (draft.row[name], name)))
    draft.hide_columns("complement", *(name for name in known if name not in kept))


def _moves(earlier: Sequence[Draft], later: Sequence[Draft]) -> None:
    hidden = [("gone_moved" in d.hidden) for d in earlier] + [("came_moved" in d.hidden) for d in later]
    if any(hidden):
        for draft in earlier:
            draft.hide_columns("complement", "gone_moved")
        for draft in later:
            draft.hide_columns("complement", "came_moved")

"""Secondary checks: nothing released may give a withheld number away by subtraction.

Margins an outsider holds: person-years per arm (last step of the flow), recipients over the
exposed years (N of the work-years), recipients and means over the years before (baseline), all
persons (N of the estimates). So withheld years are always at least two on each side of the
start, in both arms, and one of them alone reaches the minimum: a sum over years counts a person
every year.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.composition import protect_composition
from ipscausal.disclosure.effects import protect_effects
from ipscausal.disclosure.roles import Role
from ipscausal.outcomes import is_share

Checked = Mapping[str, list[Draft]]
CATEGORY = ": "
"""Between a variable and its category, as the cells name their indicators."""
Pair = tuple[float, float]
"""Persons and person-years."""
AGAINST_ONE_YEAR = ("att_gt", "sun_abraham", "stacked", "switching", "efficient")
"""Estimators whose average compares with the last year before the start alone."""
OF_WORK = {
    "workdays": "employed", "employment_days": "employed", "hours": "employed", "earnings": "employed",
    "competitive_days": "competitive_employed",
}  # fmt: skip
"""Outcomes that are nothing for whoever does not work, and the share of those who do."""
TWO = 2
"""Of a sum that so many make up, each of them knows the other's part."""
OF_AN_ESTIMATOR = ("headline", "estimates", "estimators", "specification_curve")


def protect(checked: Checked, adoption_years: Mapping[str, int], limit: int) -> None:
    """Withhold, in place, whatever would reveal a number withheld by the primary checks."""
    _steps_of_flow(checked["flow"], _last_step(checked), limit)
    start, common_start = _starts(adoption_years)
    years = _years_without_counts(checked["trends"], start, limit)
    _hide_years(checked, years, common_start)
    _all_shares(checked, adoption_years, limit)
    _event_counts(checked["event_study"], limit)
    _categories(checked["baseline"])
    _parts_of_the_average(checked, limit)
    _of_the_reference(checked, common_start)
    _same_estimates(checked)
    protect_composition(checked, limit)
    protect_effects(checked, limit)


def protect_shares(checked: Checked, adoption_years: Mapping[str, int], limit: int) -> None:
    """Withhold, in place, what would reveal shares that the audit has withheld since `protect`."""
    before = _effects_gone(checked)
    _all_shares(checked, adoption_years, limit)
    _of_the_reference(checked, _starts(adoption_years)[1])
    if _effects_gone(checked) == before:
        return
    _parts_of_the_average(checked, limit)
    _same_estimates(checked)
    protect_effects(checked, limit)


def _effects_gone(checked: Checked) -> int:
    return sum(draft.hides(Role.STATISTIC) for draft in checked["event_study"])


def _starts(adoption_years: Mapping[str, int]) -> tuple[int | None, int | None]:
    """The first start, and the one that all have in common."""
    start = min(adoption_years.values(), default=None)
    return start, start if len(set(adoption_years.values())) == 1 else None


def _all_shares(checked: Checked, adoption_years: Mapping[str, int], limit: int) -> None:
    for outcome in dict.fromkeys(str(draft.row["outcome"]) for draft in checked["trends"]):
        if is_share(outcome):
            _shares(checked, outcome, *_starts(adoption_years), limit)
        if outcome in OF_WORK:
            _work_of_two(checked, outcome, *_starts(adoption_years), limit)


def _steps_of_flow(flow: Sequence[Draft], known: Mapping[str, Pair], limit: int) -> None:
    """A step is released whole or not at all, and neighbours differ by nobody or by enough persons.

    The last step is the population of every table, so it is kept and earlier ones give way.
    known: what other tables tell about the last step, per arm.
    """
    ordered = sorted(flow, key=lambda draft: draft.row["step"])
    steps = [list(rows) for _, rows in groupby(ordered, key=lambda draft: draft.row["step"])]
    neighbour = known
    for rows in reversed(steps):
        counts = _counts(rows)
        if any(draft.hidden for draft in rows):
            _hide_step(rows, "complement")
        elif any(_few_between(pair, neighbour[arm], limit) for arm, pair in counts.items() if arm in neighbour):
            _hide_step(rows, "small_step")
        else:
            neighbour = {**neighbour, **counts}
    _arms_against_all(steps, limit)


def _arms_against_all(steps: Sequence[Sequence[Draft]], limit: int) -> None:
    """All less the arms is the persons in neither, or (negative) the movers between them.

    Where these are few, the comparison arm goes at that step and at every other where it is the
    same or nearly: a rule may take nobody from an arm, as the one of the municipality never does.
    """
    few: list[Pair] = []
    for place, rows in enumerate(steps, start=1):
        counts = _counts(rows)
        if not {"all", "treated", "control"} <= counts.keys():
            continue
        persons, years = (counts["treated"][i] + counts["control"][i] - counts["all"][i] for i in (0, 1))
        if 0 < abs(persons) < limit or 0 < abs(years) < limit:
            few.append(counts["control"])
        # person-years of the arms are sums over the years of the trends, so hiding an arm hides nothing
        if 0 < abs(years) < limit and place < len(steps):
            _hide_step(rows, "complement")
    for draft in (draft for rows in steps for draft in rows if draft.row["arm"] == "control"):
        if any(abs(mine - theirs) < limit for pair in few for mine, theirs in zip(_pair(draft), pair, strict=True)):
            draft.hide_all("complement")


def _counts(rows: Sequence[Draft]) -> dict[str, Pair]:
    return {draft.row["arm"]: _pair(draft) for draft in rows}


def _pair(draft: Draft) -> Pair:
    return draft.row["persons"], draft.row["person_years"]


def _few_between(one: Pair, other: Pair, limit: int) -> bool:
    return any(0 < abs(mine - theirs) < limit for mine, theirs in zip(one, other, strict=True))


def _hide_step(rows: Sequence[Draft], reason: str) -> None:
    for draft in rows:
        draft.hide_all(reason)


def _last_step(checked: Checked) -> dict[str, Pair]:
    """The last step as other tables tell it: size of the first estimate that is released with both,
    and person-years per arm as the sum of the yearly counts (persons are not told: NaN is near nothing).
    """
    known: dict[str, Pair] = {}
    for draft in checked["estimates"]:
        pair = (draft.row.get("n_persons"), draft.row.get("n_person_years"))
        if not draft.hidden and None not in pair:
            known["all"] = (float(pair[0]), float(pair[1]))  # type: ignore[arg-type]
            break
    for arm in ("treated", "control"):
        # every outcome counts the same recipients
        by_year = {draft.row["year"]: draft.row["persons"] for draft in checked["trends"] if draft.row["arm"] == arm}
        if by_year:
            known[arm] = (math.nan, float(sum(by_year.values())))
    return known


def _years_without_counts(trends: Sequence[Draft], start: int | None, limit: int) -> set[int]:
    """Years whose counts are withheld in both arms."""
    persons: dict[int, dict[str, float]] = {}
    primary: set[int] = set()
    for draft in trends:
        year = draft.row["year"]
        persons.setdefault(year, {})[draft.row["arm"]] = draft.row["persons"]
        if draft.hides(Role.COUNT):
            primary.add(year)
    return _widened(
        primary,
        {year: (arms.get("treated", 0), arms.get("control", 0)) for year, arms in persons.items()},
        start,
        limit,
    )


def _widened(primary: set[int], masses: Mapping[int, Sequence[float]], start: int | None, limit: int) -> set[int]:
    """`primary` with the cheapest further years, so that no margin gives a withheld mass away.

    masses: per year the quantities that must not be found (counts per arm; numerator, complement).
    """
    hidden = set(primary)
    sides = [[y for y in masses if start is not None and y < start], [y for y in masses if start is None or y >= start]]
    for side in (*sides, list(masses)):
        if not hidden & set(side):
            continue
        for year in sorted(set(side) - hidden, key=lambda y: (min(masses[y]), y)):
            if _safe(hidden & set(side), masses, limit):
                break
            hidden.add(year)
    return hidden


def _safe(years: set[int], masses: Mapping[int, Sequence[float]], limit: int) -> bool:
    """Whether several years are hidden and one of them alone holds enough persons of each kind.

    The same person may be counted in every year: only the largest year is sure to be distinct persons.
    """
    largest = [max(values) for values in zip(*(masses[year] for year in years), strict=True)]
    return len(years) > 1 and min(largest) >= limit


def _hide_years(checked: Checked, years: set[int], common_start: int | None) -> None:
    """Counts of the years go from every table that holds them.

    Their means go too: a mean of whole days in twelve digits is a fraction, and tells its denominator.
    """
    if not years:
        return
    for draft in checked["trends"]:
        if draft.row["year"] in years:
            draft.hide_all("complement")
    for draft in _event_rows(checked["event_study"], years, common_start):
        draft.hide("complement", Role.COUNT)
    for draft in checked["baseline"]:
        if draft.row.get("period_from") == draft.row.get("period_to") and draft.row.get("period_from") in years:
            draft.hide_all("complement")
    for draft in checked["estimates"]:
        if draft.row["outcome"] == "log_recipients":
            draft.hide_all("complement")


def _event_rows(rows: Sequence[Draft], years: set[int], common_start: int | None) -> list[Draft]:
    """Rows of the event study that hold one of the years (open ends hold all years beyond)."""
    if common_start is None:
        return []
    times = {year - common_start for year in years}
    return [draft for draft in rows if times & _times(draft.row, times)]


def _times(row: Mapping[str, Any], candidates: set[int]) -> set[int]:
    time, label = row["event_time"], str(row.get("label", ""))
    if label.startswith("≤"):
        return {t for t in candidates if t <= time}
    if label.startswith("≥"):
        return {t for t in candidates if t >= time}
    return {time}


def _shares(checked: Checked, outcome: str, start: int | None, common_start: int | None, limit: int) -> None:
    """Withheld shares of an outcome: enough years on each side, and not by way of the effects."""
    affected: set[int] = set()
    for arm in ("treated", "control"):
        rows = [d for d in checked["trends"] if d.row["outcome"] == outcome and d.row["arm"] == arm]
        known = [d for d in rows if d.row["mean"] is not None]
        masses = {
            d.row["year"]: (d.row["mean"] * d.row["persons"], (1 - d.row["mean"]) * d.row["persons"]) for d in known
        }
        primary = {d.row["year"] for d in known if "mean" in d.hidden}
        if primary:
            years = _widened(primary, masses, start, limit)
            affected |= years
            for draft in known:
                if draft.row["year"] in years:
                    draft.hide("complement", Role.STATISTIC)
    if affected:
        effects = [d for d in checked["event_study"] if d.row["outcome"] == outcome and not d.row.get("is_reference")]
        for draft in _event_rows(effects, affected, common_start):
            draft.hide("complement", Role.STATISTIC)


def _work_of_two(checked: Checked, outcome: str, start: int | None, common_start: int | None, limit: int) -> None:
    """A mean over all is a sum over those who work: where these are one or two it is a person's own number."""
    affected: set[int] = set()
    for arm in ("treated", "control"):
        of_arm = [d for d in checked["trends"] if d.row["arm"] == arm and d.row["mean"] is not None]
        working = {
            d.row["year"]: (d.row["mean"] * d.row["persons"],) for d in of_arm if d.row["outcome"] == OF_WORK[outcome]
        }
        primary = {year for year, (persons,) in working.items() if 1 <= round(persons) <= TWO}
        if primary:
            years = _widened(primary, working, start, limit)
            affected |= years
            for draft in (d for d in of_arm if d.row["outcome"] == outcome and d.row["year"] in years):
                draft.hide("dominance" if draft.row["year"] in primary else "complement", Role.STATISTIC)
    effects = [d for d in checked["event_study"] if d.row["outcome"] == outcome and not d.row.get("is_reference")]
    for draft in _event_rows(effects, affected, common_start):
        draft.hide("complement", Role.STATISTIC)


def _of_the_reference(checked: Checked, common_start: int | None) -> None:
    """Every effect by year since start is told against the year of reference: with the means of its own year that
    of the reference follows from any of them, so all go. The average is against all years before, unless its
    estimator compares with that year alone.
    """
    reference = {d.row["event_time"] for d in checked["event_study"] if d.row.get("is_reference")}
    hidden = {
        draft.row["outcome"]
        for draft in checked["trends"]
        if common_start is not None
        and draft.row["year"] - common_start in reference
        and "mean" in draft.hidden
        and (is_share(str(draft.row["outcome"])) or "persons" not in draft.hidden)
    }
    for draft in checked["event_study"]:
        if draft.row["outcome"] in hidden and not draft.row.get("is_reference"):
            draft.hide("complement", Role.STATISTIC)
    for draft in (d for name in OF_AN_ESTIMATOR for d in checked[name]):
        if draft.row.get("estimator") in AGAINST_ONE_YEAR and draft.row["outcome"] in hidden:
            draft.hide("complement", Role.STATISTIC)


def _event_counts(rows: Sequence[Draft], limit: int) -> None:
    """Treated persons by event time sum to the treated arm: one gap alone would be found.

    An open end counts its mean per year, so the largest number hidden is of distinct persons.
    """
    for outcome in dict.fromkeys(draft.row["outcome"] for draft in rows):
        counted = [d for d in rows if d.row["outcome"] == outcome and d.row.get("n_treated_persons") is not None]
        hidden = [d for d in counted if "n_treated_persons" in d.hidden]
        spare = sorted(
            (d for d in counted if "n_treated_persons" not in d.hidden), key=lambda d: d.row["n_treated_persons"]
        )
        while hidden and spare and (len(hidden) < 2 or max(d.row["n_treated_persons"] for d in hidden) < limit):
            draft = spare.pop(0)
            draft.hide("complement", Role.COUNT)
            hidden.append(draft)


def _parts_of_the_average(checked: Checked, limit: int) -> None:
    """The average effect is a weighted mean of those by year since start: one that is missing alone would be found.

    Weights are numbers of treated persons, so a year since start that only a small cohort has reached is its cohort.
    On each side of the start at least two are missing, one of which could have left by itself; where none is left to
    go with it, the average goes.
    """
    rows = [draft for draft in checked["event_study"] if not draft.row.get("is_reference")]
    for outcome in dict.fromkeys(draft.row["outcome"] for draft in rows):
        own = [draft for draft in rows if draft.row["outcome"] == outcome]
        sides = [[d for d in own if (d.row["event_time"] < 0) is before] for before in (True, False)]
        alone = [any(draft.hides(Role.STATISTIC) for draft in side) for side in sides]
        for side, other, missing in zip(sides, sides[::-1], alone, strict=True):
            if not missing:
                continue
            spare = sorted((d for d in side if not d.hides(Role.STATISTIC)), key=_treated)
            spare += sorted((d for d in other if not d.hides(Role.STATISTIC)), key=_treated)
            large = next((draft for draft in spare if _treated(draft) >= limit), None)
            if large is not None:
                large.hide("complement", Role.STATISTIC)
                continue
            for draft in (*checked["estimates"], *checked["headline"]):
                if draft.row["outcome"] == outcome and draft.row["term"] == "att":
                    draft.hide("complement", Role.STATISTIC)


def _treated(draft: Draft) -> float:
    return float(draft.row.get("n_treated_persons") or 0)


def _categories(baseline: Sequence[Draft]) -> None:
    """Shares of one variable's categories sum to one: a single gap among them would be found."""
    families: dict[str, list[Draft]] = {}
    for draft in baseline:
        name = str(draft.row["variable"])
        if CATEGORY in name:
            families.setdefault(name.split(CATEGORY, maxsplit=1)[0], []).append(draft)
    for family in families.values():
        hidden = [draft for draft in family if draft.hides(Role.STATISTIC)]
        shown = sorted((d for d in family if d not in hidden), key=lambda d: d.row["treated_mean"] or 0.0)
        if len(hidden) == 1 and shown:
            shown[0].hide("complement", Role.STATISTIC)


def _same_estimates(checked: Checked) -> None:
    """A withheld effect of the event study goes from every table: other methods, covariances."""
    gone = {(d.row["outcome"], d.row["term"]) for d in checked["event_study"] if d.hides(Role.STATISTIC)}
    for draft in (*checked["estimates"], *checked["headline"]):
        if (draft.row["outcome"], draft.row["term"]) in gone:
            draft.hide("term", Role.STATISTIC)
    for draft in checked["vcov"]:
        if {(draft.row["outcome"], draft.row["term_i"]), (draft.row["outcome"], draft.row["term_j"])} & gone:
            draft.hide_all("term")

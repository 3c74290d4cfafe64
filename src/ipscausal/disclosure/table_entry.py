"""What the checker is told of one table: which checks were made, what asks for review, and whom the rows rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ipscausal.disclosure import sacro
from ipscausal.disclosure.checks import Draft
from ipscausal.disclosure.effect_tables import RESTS_ON_ONE
from ipscausal.disclosure.ledger import Entry, Near
from ipscausal.disclosure.roles import ReleasedTable, Role
from ipscausal.disclosure.rounding import rounded
from ipscausal.disclosure.rules import Rules
from ipscausal.disclosure.support import behind_rows
from ipscausal.language import Catalogue

WITHOUT_ARMS = ("flow",)
"""Tables that compare no arms: the number of municipalities of an arm says nothing about them."""
REVIEW, PASS = "review", "pass"


@dataclass(frozen=True, slots=True)
class Study:
    """What the entries tell of the study: its few municipalities, N of its main estimate, what left before."""

    rules: Rules
    words: Catalogue
    few_municipalities: bool
    behind: Mapping[str, float | None]
    ledger: Entry


@dataclass(frozen=True, slots=True)
class Findings:
    """What asks for a person's eye. hidden, zero_or_full: rows; nothing_left: whether every row is
    withheld; few, single: of municipalities; near: releases.
    """

    hidden: int
    zero_or_full: int
    nothing_left: bool
    few: bool
    single: bool
    near: tuple[Near, ...]


def table_entry(table: ReleasedTable, rows: Sequence[Draft], study: Study) -> sacro.Entry:
    """The entry of a table."""
    words, rules, name = study.words, study.rules, table.name
    found = Findings(
        hidden=sum(bool(draft.hidden) for draft in rows),
        zero_or_full=sum(bool(draft.reviews) for draft in rows),
        nothing_left=bool(rows) and all(draft.state == "withheld" for draft in rows),
        few=study.few_municipalities and name not in WITHOUT_ARMS,
        single=name in RESTS_ON_ONE and bool(rows),
        near=tuple(near for near in study.ledger.near if name in near.tables),
    )
    withheld = words.text("context.comment_withheld", count=found.hidden)
    comment = withheld if found.hidden else words.raw("context.comment_clean")
    subtracted = [_told(near, name, study) for near in found.near]
    why = " ".join([*([rules.exception] if rules.exception else []), *_reasons(found, withheld, study), *subtracted])
    leaving = [draft for draft in rows if not draft.hidden]
    freedom = _freedom(leaving, rules)
    about = (
        words.raw(f"context.file_{name}"), *behind_rows(table, rows, rules, words, study.behind),
        words.raw(f"context.relation_{name}"), *_freedom_told(leaving, study), comment, *subtracted,
    )  # fmt: skip
    return sacro.Entry(
        name=name, file=f"{name}.csv", status=REVIEW if why else PASS, kind=table.kind, method=table.method,
        barn=table.barn, checks=_checks(table, rows, found, study), comments=about, exception=why,
        degrees_of_freedom=min(freedom, default=None),
        columns=table.released_columns, flags=sacro.flags(table.released_columns, rows),
    )  # fmt: skip


def _freedom(rows: Iterable[Draft], rules: Rules) -> Counter[int]:
    """Rows by their residual degrees of freedom."""
    known = (draft.row.get("residual_df") for draft in rows)
    return Counter(int(rounded(value, rules.rounding)) for value in known if value is not None)


def _freedom_told(rows: Iterable[Draft], study: Study) -> list[str]:
    """Which rows the entry's number, the smallest, is of, where they differ and tell their person-years themselves."""
    told = _freedom((draft for draft in rows if draft.released().get("n_person_years") is not None), study.rules)
    if len(told) < 2:
        return []
    by_row = [study.words.text("context.freedom_rows", df=df, count=told[df]) for df in sorted(told)]
    return [study.words.text("context.freedom", rows=by_row)]


def outcome(count: int, what: str) -> str:
    """The outcome of a check that finds so many."""
    return f"{REVIEW} {count} {what}" if count else PASS


def _checks(table: ReleasedTable, rows: Sequence[Draft], found: Findings, study: Study) -> dict[str, str]:
    """The checks that were made of this table, and no other."""
    checks = {"MinimumThresholdCheck": outcome(found.hidden, "withheld")}
    if "residual_df" in table.names(Role.SUPPORT):
        # from the numbers: a row that fails several rules names only the first
        known = [draft.row["residual_df"] for draft in rows if draft.row.get("residual_df") is not None]
        checks["MinimumDoFCheck"] = outcome(sum(df < study.rules.min_residual_df for df in known), "withheld")
    if table.name not in WITHOUT_ARMS:
        checks["MunicipalitiesPerArmCheck"] = REVIEW if found.few else PASS
    if table.counts:
        checks["ZeroOrFullCheck"] = outcome(found.zero_or_full, "released")
    if table.counts and study.ledger.compared:
        few_between = sum(near.tables[table.name] for near in found.near)
        checks["DifferencingCheck"] = outcome(few_between, "near an earlier release")
    return checks


def _reasons(found: Findings, withheld: str, study: Study) -> list[str]:
    """Why the table may leave all the same, for each thing that asks for review."""
    words, persons = study.words, study.rules.min_persons
    said = []
    if found.hidden:
        said.append(withheld)
    if found.nothing_left:
        return [*said, words.raw("context.review_nothing_left")]
    if found.few:
        said.append(words.text("context.review_exception", limit=study.rules.min_municipalities, persons=persons))
    if found.single:
        said.append(words.text("context.review_single", persons=persons))
    if found.zero_or_full:
        said.append(words.text("context.review_zero", count=found.zero_or_full))
    return said


def _told(near: Near, table: str, study: Study) -> str:
    return study.words.text(
        "context.near_file", count=near.tables[table], release=near.release[:12], date=near.date, study=near.study,
        limit=study.rules.min_persons,
    )  # fmt: skip

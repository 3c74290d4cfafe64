"""The only door: results in, a folder that an output checker can approve out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ipscausal import periods
from ipscausal.disclosure import sacro
from ipscausal.disclosure.audited import withhold_until_safe
from ipscausal.disclosure.checks import Draft, drafts
from ipscausal.disclosure.complements import protect, protect_shares
from ipscausal.disclosure.context import context_text
from ipscausal.disclosure.differencing import counts, held_against, hide_counts, hide_work_years, near_counts
from ipscausal.disclosure.dominance import hide_dominated
from ipscausal.disclosure.drawing import write_figures
from ipscausal.disclosure.effects import effect_leaves
from ipscausal.disclosure.facts import dated, released_facts, released_provenance, released_study, share_leaves
from ipscausal.disclosure.index import describe, status_of, thresholds
from ipscausal.disclosure.ledger import Entry
from ipscausal.disclosure.roles import Role
from ipscausal.disclosure.rounded import round_tables
from ipscausal.disclosure.rounding import rounded
from ipscausal.disclosure.rules import Rules, limit, rules_in_force
from ipscausal.disclosure.table_entry import Study
from ipscausal.disclosure.tables import EFFECT_FACTS, RELEASED_TABLES, WITHOUT_FILE
from ipscausal.errors import DisclosureError
from ipscausal.language import period_words, study_words
from ipscausal.outcomes import apart_shares, nested_shares
from ipscausal.periods import Period
from ipscausal.results import Notice, Results

WITHHELD_COLUMNS = ("table", "row", "state", "columns", "reason")
NAMING = (
    "term", "term_i", "term_j", "step", "rule", "variable", "year", "outcome", "method", "arm", "diagnostic",
    "left_out",
)  # fmt: skip
"""Keys that name a row in the list of what is withheld."""
NAMING_EFFECTS = ("estimator", "data", "kind", "check", "restriction", "dimension", "level")
"""The same in tables that put the effect in doubt or take it apart."""
NO_TIME = "1970-01-01T00:00:00"
FACTS_OF_TABLES = {"specifications": "specification_curve", "twfe_weights": "estimators"}
"""Facts that leave only where every row of a table does."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A row that does not leave whole. `row` names it by its keys; `reasons` are catalogue codes."""

    table: str
    row: str
    state: str
    columns: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What left (file names), what did not, the status for the checker (pass or review), and what the ledger notes."""

    released: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    status: str
    entry: Entry


def release(results: Results, folder: Path, earlier: Sequence[Sequence[Entry]] = ()) -> ReleaseSummary:
    """Check everything on unrounded inputs, then write `folder` (created; must be empty).

    earlier: the entries of each ledger of releases made before. Raises DisclosureError when a rule is loosened
    without an exception or no headline may leave; nothing is written then.
    """
    rules, period = rules_in_force(results.study.get("disclosure", {})), periods.of_study(results.study)
    checked = _settled(results, rules)
    moment = str(results.provenance.get("finished") or results.provenance.get("started") or NO_TIME)[:19]
    entry = held_against(checked, results.study, moment[:10], earlier, rules.min_persons)
    if entry.near and rules.earlier_releases == "withhold":
        near = near_counts(checked, entry.release, earlier, rules.min_persons)
        checked = _settled(results, rules, near)
        entry = replace(entry, counts=counts(checked), withheld=near)
    _require_headline(checked["headline"], rules, period)
    withheld = tuple(_withheld(draft, period) for rows in checked.values() for draft in rows if draft.hidden)

    words = study_words(results.study.get("report", {}).get("languages", ["en"])[0], results.study)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise DisclosureError(f"the folder {folder.name} is not empty", remedy="give an empty folder")
    _write_tables(folder, checked, withheld, period)
    design = _write_documents(folder, results, checked, rules, len(withheld))
    write_figures(folder, checked, results.study, design, words)
    behind = _behind(checked["estimates"], rules)
    municipalities, treated = int(design["n_municipalities"]), int(design["n_treated"])
    few = min(treated, municipalities - treated) < rules.min_municipalities
    entries = describe(folder, checked, Study(rules, words, few, behind, entry))
    context = context_text(words, results.study, design, rules, behind, entry, entries)
    _write(folder / "context.md", context)
    version = str(results.provenance.get("software", {}).get("version", ""))
    sacro.write_index(folder, entries, thresholds(rules), version, moment)
    return ReleaseSummary(_files(folder), withheld, status_of(entries), entry)


def _settled(results: Results, rules: Rules, near: Collection[str] = ()) -> dict[str, list[Draft]]:
    """Every table as it leaves. near: numbers of persons to withhold because they lie near an earlier release."""
    starts = results.facts.get("adoption_years", {})
    checked = checked_tables(results, rules)
    hide_counts(checked, near)
    _without_movers(checked, results.facts.get("movers_share"), rules.min_persons)
    protect(checked, starts, rules.min_persons)
    outcome = results.study["outcome"]
    withhold_until_safe(checked, starts, rules, nested_shares(outcome), apart_shares(outcome))
    protect_shares(checked, starts, rules.min_persons)
    hide_work_years(checked)
    round_tables(checked, starts, results.study, rules)
    return checked


def checked_tables(results: Results, rules: Rules) -> dict[str, list[Draft]]:
    """Every table after the checks of its own rows."""
    compared = results.facts.get("n_municipalities")
    checked = {
        table.name: drafts(table, results.tables.get(table.name, ()), rules, compared) for table in RELEASED_TABLES
    }
    hide_dominated(checked, rules)
    return checked


def _require_headline(headline: Sequence[Draft], rules: Rules, period: Period) -> None:
    if any("estimate" not in draft.hidden and draft.row.get("estimate") is not None for draft in headline):
        return
    words = period_words("en", period)
    failed = dict.fromkeys((draft.row.get("term"), reason) for draft in headline for reason in draft.reasons)
    raise DisclosureError(
        "no headline may leave: every headline number fails a disclosure rule",
        problems=tuple(
            f"{term}: {words.text(f'reason.{reason}', limit=limit(reason, rules))}" for term, reason in failed
        ),
        remedy="widen the population or the years; nothing was released",
    )


def _without_movers(checked: Mapping[str, list[Draft]], share: float | None, limit: int) -> None:
    """The answer without movers tells of these alone where they are few."""
    if share_leaves(share, _persons(checked["estimates"]), limit):
        return
    without = [draft for draft in checked["sensitivity"] if draft.row["question"] == "movers"]
    named = {draft.row["check"] for draft in without}
    for draft in (*without, *(row for row in checked["specification_curve"] if row.row["data"] in named)):
        draft.hide_all("small_step")


def _withheld(draft: Draft, period: Period) -> Withheld:
    keys = draft.table.names(Role.KEY)
    known = (*NAMING_EFFECTS, *NAMING) if draft.table.name in WITHOUT_FILE else NAMING
    naming = [name for name in keys if name in known]
    told = periods.labelled(draft.row, period)
    row = " ".join(f"{name}={told[name]}" for name in naming if told.get(name) is not None)
    return Withheld(draft.table.name, row, draft.state, tuple(draft.hidden), draft.reasons)


def _write_tables(
    folder: Path, checked: Mapping[str, Sequence[Draft]], withheld: Sequence[Withheld], period: Period
) -> None:
    for table in RELEASED_TABLES:
        if not checked[table.name] and table.name in WITHOUT_FILE:
            continue
        rows = (periods.labelled(draft.released(), period) for draft in checked[table.name])
        _write(folder / f"{table.name}.csv", sacro.csv_text(table.released_columns, rows))
    listed = (
        {**asdict(item), "columns": " ".join(item.columns), "reason": " ".join(item.reasons)} for item in withheld
    )
    _write(folder / "withheld.csv", sacro.csv_text(WITHHELD_COLUMNS, listed))


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in folder.iterdir() if path.is_file()))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_documents(
    folder: Path, results: Results, checked: Mapping[str, list[Draft]], rules: Rules, withheld: int
) -> dict[str, Any]:
    outcome, estimates = str(results.study["outcome"]["name"]), checked["estimates"]
    told = {"rank_floor": outcome, "log_recipients": "log_recipients", "leaving_differs": outcome}
    notices = [n for n in results.notices if n.code not in told or effect_leaves(estimates, told[n.code])]
    if withheld:
        notices.append(Notice("withheld", "note", {"count": withheld}))
    repeated = set() if _effect_facts_leave(checked, outcome) else set(EFFECT_FACTS)
    # the lowest of all ways of asking may be one that is withheld
    repeated |= {fact for fact, table in FACTS_OF_TABLES.items() if any(draft.hidden for draft in checked[table])}
    told_facts = {name: value for name, value in results.facts.items() if name not in repeated}
    facts = released_facts(told_facts, notices, _persons(estimates), rules)
    sacro.write_json(folder / "facts.json", dated(facts, periods.of_study(results.study)))
    sacro.write_json(folder / "study.json", released_study(results.study))
    sacro.write_json(folder / "provenance.json", released_provenance(results.provenance, rules))
    design: dict[str, Any] = facts["facts"]
    return design


def _effect_facts_leave(checked: Mapping[str, list[Draft]], outcome: str) -> bool:
    """Whether the facts may repeat the effect on the outcome and what its calibration found."""
    calibrated = [draft for draft in checked["calibration"] if draft.row["outcome"] == outcome]
    return effect_leaves(checked["estimates"], outcome) and not any(draft.hidden for draft in calibrated)


def _persons(estimates: Sequence[Draft]) -> float | None:
    """Persons of the first estimate that leaves, before rounding."""
    return next((draft.row.get("n_persons") for draft in estimates if not draft.hidden), None)


def _behind(estimates: Sequence[Draft], rules: Rules) -> dict[str, float | None]:
    """Persons, person-years and residual degrees of freedom of the first estimate that leaves, as they are told."""
    for draft in estimates:
        if not draft.hidden:
            told, freedom = draft.released(), draft.row.get("residual_df")
            return {
                "persons": told.get("n_persons"),
                "person_years": told.get("n_person_years"),
                "df": None if freedom is None else rounded(freedom, rules.rounding),
            }
    return {"persons": None, "person_years": None, "df": None}

"""Where the numbers come from: versions, hashes, times; and what is withheld."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from ipscausal.disclosure import limit, rules_in_force
from ipscausal.language import Catalogue
from ipscausal.report.deviations import deviations_in_short
from ipscausal.report.document import Table, TableRow
from ipscausal.report.released import Released


def provenance(words: Catalogue, released: Released) -> Table:
    """Everything the release says about its own making."""
    rows = tuple(TableRow((name, value)) for name, value in _items(words, released) if value)
    return Table(
        caption=words.raw("table.provenance"),
        columns=(words.raw("report.provenance_item"), words.raw("report.provenance_value")),
        rows=rows,
        text_columns=(1,),
    )


def withheld(words: Catalogue, released: Released) -> Table | None:
    """Tables with withheld rows, how many, and why; None where nothing is withheld."""
    rules = rules_in_force(dict(released.rules))
    counted: dict[tuple[str, str], int] = {}
    for row in released.withheld:
        counted[row["table"], row["reason"]] = counted.get((row["table"], row["reason"]), 0) + 1
    if not counted:
        return None
    rows = tuple(
        TableRow(
            (
                words.raw(f"table.{table}"), words.style.number(count, 0),
                "; ".join(words.text(f"reason.{code}", limit=limit(code, rules)) for code in reason.split()),
            )
        )
        for (table, reason), count in counted.items()
    )  # fmt: skip
    return Table(
        caption=words.raw("table.withheld"),
        columns=(
            words.raw("report.withheld_table"), words.raw("report.withheld_rows"), words.raw("report.withheld_reason"),
        ),
        rows=rows,
        text_columns=(2,),
    )  # fmt: skip


def version(released: Released) -> str:
    """Version of the software that made the release."""
    return str(released.provenance.get("software", {}).get("version", ""))


def made(released: Released) -> dt.datetime | None:
    """The moment in UTC at which the numbers were ready."""
    finished = released.provenance.get("finished")
    return dt.datetime.fromisoformat(finished).astimezone(dt.UTC) if finished else None


def _items(words: Catalogue, released: Released) -> Iterator[tuple[str, str]]:
    t, run, rules = words.text, released.provenance, released.rules
    yield t("report.provenance_id"), str(released.study["study"]["id"])
    yield t("report.provenance_plan"), _plan(words, released, "provenance_plan")
    yield t("report.provenance_registered"), str(released.study["study"]["plan"].get("url", ""))
    yield t("report.provenance_lock"), str(released.facts.get("plan", {}).get("sha256", ""))
    yield t("report.provenance_deviations"), deviations_in_short(words, released)
    yield t("report.provenance_fingerprint"), str(run.get("study_fingerprint", ""))
    yield t("report.provenance_software"), _versioned(run.get("software"))
    yield t("report.provenance_engine"), _versioned(run.get("engine"))
    yield t("report.provenance_python"), str(run.get("python", ""))
    yield (
        t("report.provenance_packages"),
        ", ".join(f"{name} {number}" for name, number in sorted(run.get("packages", {}).items())),
    )
    yield t("report.provenance_seed"), str(run.get("seed", ""))
    for name in ("started", "finished"):
        if run.get(name):
            yield t(f"report.provenance_{name}"), t("report.moment", date=run[name], time=str(run[name])[11:16])
    codes = released.study["population"]["municipalities"]
    yield t("report.provenance_codes"), t(f"report.provenance_codes_{codes.replace(' ', '_')}")
    for item in run.get("inputs", ()):
        yield t("report.provenance_input", name=str(item.get("table", ""))), _input(words, released, item)
    yield (
        t("report.provenance_rules"),
        t(
            "report.provenance_rules_value",
            ruleset=rules["ruleset"],
            persons=rules["min_persons"],
            df=rules["min_residual_df"],
        ),
    )
    opinion = run.get("second_opinion")
    if isinstance(opinion, str):
        yield t("report.provenance_second_opinion"), opinion


def _input(words: Catalogue, released: Released, item: Mapping[str, Any]) -> str:
    """Rows, day of extraction and hash of a table, as far as they are known and may leave."""
    extract = released.study["extracts"].get(item.get("table")) or {}
    known = (
        words.text("report.provenance_rows", rows=item["rows"]) if item.get("rows") is not None else "",
        words.text("report.provenance_extracted", date=extract["extracted"])
        if extract.get("extracted")
        else words.raw("report.provenance_extracted_unknown"),
        str(item.get("sha256", "")),
    )
    return "; ".join(filter(None, known))


def subtitle(words: Catalogue, released: Released) -> str:
    """Date of the numbers and status of the plan."""
    finished = released.provenance.get("finished")
    dated = words.text("report.finished", date=finished) if finished else ""
    return " ".join(filter(None, (dated, _plan(words, released, "plan"))))


def _plan(words: Catalogue, released: Released, wording: str) -> str:
    """Status of the analysis plan with the date of its lock, else of its registration; wording: begins the keys."""
    plan = released.study["study"]["plan"]
    date = released.facts.get("plan", {}).get("locked") or plan.get("registered")
    key = f"report.{wording}_{plan['status']}"
    if plan["status"] != "draft" and not date:
        return words.raw(f"{key}_undated")
    return words.text(key, date=date)


def _versioned(tool: Any) -> str:
    if isinstance(tool, dict):
        return " ".join(str(tool[name]) for name in ("name", "version") if tool.get(name))
    return str(tool or "")

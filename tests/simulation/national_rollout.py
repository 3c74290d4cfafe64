"""Whether each estimator finds what it aims at on a national rollout, and what two-way fixed effects finds.

Per seed the whole scenario `national-rollout` (350 municipalities, 15 years, 200,000 persons) goes through generator,
contract and SQL; every estimator then estimates the average effect, effects by event time and by cohort. The error is
estimate less the realised effects of truth.json in the estimator's own weights; for two-way fixed effects less what its
coefficients are read as, the mean over the person-years they name. `make known` runs it. A journal keeps finished
seeds; when all are done, or with --table, it becomes national_rollout.csv and national_rollout.md beside this file.
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from pathlib import Path

# one thread a worker: the workers share the processors
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from lib.journal import carry_out, finished
from lib.national import ROBUST, TWO_WAY, Drawn, drawn, shown, summaries

from ipscausal import api
from ipscausal.estimate import Estimate
from ipscausal.inference import Inference, Options, apply

HERE = Path(__file__).parent
JOURNAL = HERE / "national_rollout.journal.jsonl"
TABLE, TEXT = HERE / "national_rollout.csv", HERE / "national_rollout.md"
SEEDS = 200
QUOTED = ("att_gt, not yet", "imputation", "synthetic_did")
"""Estimators whose average effect is also judged by the method that the decision guide puts first (seconds each)."""


def row(seed: int, name: str, found: Estimate, truth: np.ndarray) -> dict[str, object]:
    """Errors of the terms shown, and whether 95 % intervals hold the truth."""
    terms = [j for j, term in enumerate(found.terms) if shown(term.name)]
    usual = apply("analytic", found, Options())
    covered = {"analytic": [_holds(usual[j], truth[j]) for j in terms]}
    if name in QUOTED and found.terms[0].name == "att":
        covered["quoted"] = [_holds(api.Result.of(found, Options()).primary("att"), truth[0])]
    return {
        "seed": seed,
        "estimator": name,
        "terms": [found.terms[j].name for j in terms],
        "truth": [round(float(truth[j]), 4) for j in terms],
        "error": [round(float(found.coef[j] - truth[j]), 4) for j in terms],
        "covered": covered,
    }


def _holds(row: Inference, truth: float) -> bool | None:
    return None if row.conf_low is None or row.conf_high is None else bool(row.conf_low <= truth <= row.conf_high)


def errors(data: Drawn, names: tuple[str, ...]) -> list[dict[str, object]]:
    """Rows of one registry by the estimators named."""
    seed = data.truth["seed"]
    rows = [
        row(seed, name, average, data.own(average))
        for name in names if name in ROBUST for average in summaries(ROBUST[name](data.panel))
    ]  # fmt: skip
    read = {name: TWO_WAY[name](data.panel) for name in names if name in TWO_WAY}
    return rows + [row(seed, name, found, data.average(found)) for name, found in read.items()]


def piece(task: tuple[int, int | None, tuple[str, ...]]) -> list[dict[str, object]]:
    """Rows of one seed with so many persons."""
    seed, persons, names = task
    return errors(drawn("national-rollout", seed, persons), names)


def table(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """One row per estimator and term: mean truth and error, Monte Carlo standard error, coverage."""
    groups: dict[tuple[str, str], list[tuple[float, float, dict[str, bool | None]]]] = defaultdict(list)
    for one in rows:
        for j, term in enumerate(one["terms"]):
            covered = {method: held[j] for method, held in one["covered"].items()}
            groups[one["estimator"], term].append((one["truth"][j], one["error"][j], covered))
    out = []
    for (name, term), found in groups.items():
        truth, error = np.array([(t, e) for t, e, _ in found]).T
        spread = error.std(ddof=1)
        line: dict[str, object] = {
            "estimator": name,
            "term": term,
            "seeds": len(found),
            "truth": round(truth.mean(), 3),
            "error": round(error.mean(), 4),
            "sd": round(spread, 4),
            "monte_carlo_se": round(spread / np.sqrt(len(error)), 4),
        }
        for method in ("analytic", "quoted"):
            held = [covered[method] for _, _, covered in found if covered.get(method) is not None]
            line[f"covered_{method}"] = round(float(np.mean(held)), 4) if held else ""
        out.append(line)
    return sorted(out, key=lambda line: (line["estimator"] in TWO_WAY, str(line["estimator"])))


def write(lines: list[dict[str, object]]) -> None:
    """The table as CSV, and as Markdown: averages of all estimators, then one block per estimator."""
    with TABLE.open("w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    text = [
        "# National rollout: what each estimator finds of what it aims at",
        "",
        "Regenerate with `make known`. Workdays; mean over seeds of the truth and of the error, and the error in Monte",
        "Carlo standard errors. The truth is the realised effect in the estimator's own weights; for `did` and",
        "`event_study` (two-way fixed effects) the mean effect over the person-years that the coefficient names.",
        "Coverage: share of 95 % intervals that hold it, from influence values (analytic) and, for some averages, by",
        "the method that the decision guide puts first (quoted).",
    ]
    head = ["", "| | seeds | truth | error | in standard errors | sd | analytic covers | quoted covers |"]
    head.append("|---|--:|--:|--:|--:|--:|--:|--:|")
    averages = [line for line in lines if line["term"].startswith(("att", "average"))]
    text += ["", "## The average effect", *head, *(_line(line, f"{line['estimator']}") for line in averages)]
    for name in dict.fromkeys(str(line["estimator"]) for line in lines):
        rest = [line for line in lines if line["estimator"] == name and line not in averages]
        if rest:
            text += ["", f"## {name}", *head, *(_line(line, str(line["term"])) for line in rest)]
    TEXT.write_text("\n".join(text) + "\n", encoding="utf-8")


def _line(line: dict[str, object], label: str) -> str:
    ratio = line["error"] / line["monte_carlo_se"]
    covered = [f"{100 * line[key]:.1f} %" if line[key] != "" else "" for key in ("covered_analytic", "covered_quoted")]
    numbers = f"{line['truth']:.2f} | {line['error']:+.3f} | {ratio:+.1f} | {line['sd']:.2f}"
    return f"| {label} | {line['seeds']} | {numbers} | {covered[0]} | {covered[1]} |"


def main() -> None:
    """Arguments, the pool of workers, and the table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds from 0 (default %(default)s)")
    parser.add_argument("--persons", type=int, help="persons in all (default: the country's 200,000)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument("--table", action="store_true", help="only write the table from what the journal holds")
    parser.add_argument("--fresh", action="store_true", help="forget the journal first")
    asked = parser.parse_args()
    if asked.fresh:
        JOURNAL.unlink(missing_ok=True)
    if not asked.table:
        done = {(row["seed"], row["estimator"]) for row in finished(JOURNAL)}
        missing = {
            seed: tuple(name for name in (*ROBUST, *TWO_WAY) if (seed, name) not in done) for seed in range(asked.seeds)
        }
        tasks = [(seed, asked.persons, names) for seed, names in missing.items() if names]
        carry_out(JOURNAL, tasks, piece, asked.workers, "seeds")
    write(table(finished(JOURNAL)))
    print(f"{TABLE.name} and {TEXT.name} written in {HERE.name}/")


if __name__ == "__main__":
    main()

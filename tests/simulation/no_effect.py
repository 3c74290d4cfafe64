"""How often something is found where there is nothing: the scenario `no-effect`, seed by seed.

Per seed the registry goes through generator, contract and SQL; the advisor chooses the method before outcomes after
the start are used. Counted: p-values up to 5 % of two-way fixed effects (one treated municipality of eleven, one date),
of its event study before and after the start, and of the other estimators' average effects by the method that the
decision guide puts first.
`make known` runs it. A journal keeps finished seeds; when all are done, or with --table, it becomes no_effect.csv and
no_effect.md beside this file.
"""

import argparse
import csv
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

# one thread a worker: the workers share the processors
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from lib.journal import carry_out, finished
from lib.national import ROBUST, average_of, drawn

from ipscausal import api
from ipscausal.errors import IdentificationError
from ipscausal.inference import Options, apply
from ipscausal.panel import Panel

HERE = Path(__file__).parent
JOURNAL = HERE / "no_effect.journal.jsonl"
TABLE, TEXT = HERE / "no_effect.csv", HERE / "no_effect.md"
SEEDS, LEVEL = 200, 0.05


def p_values(panel: Panel) -> dict[str, tuple[str, float | None]]:
    """Method and p by what is asked; the event study after the start by its band: 0 or 1."""
    advice = api.advise(panel)
    method = advice.choice.primary
    result = api.did(panel, choice=advice.choice)
    study = api.event_study(panel, choice=advice.choice)
    found = {"did": (method, result.primary("att").p_value)}
    found["event_study, before"] = (study.pre_trend[0].method, study.pre_trend[0].p_value)
    after = [row for row in study.event_rows() if int(row["event_time"]) >= 0]
    sides = [(row["band_low"], row["band_high"]) for row in after]
    outside = [low > 0 or high < 0 for low, high in sides if low is not None]
    found["event_study, after"] = ("band", float(not any(outside)) if outside else None)
    found["did, conventional"] = ("cr1", apply("cr1", result.estimate, Options())[0].p_value)
    for name, estimator in ROBUST.items():
        try:
            average = average_of(estimator(panel))
        except IdentificationError:
            continue
        term = next((term.name for term in average.terms if term.name.startswith(("att", "average"))), None)
        if term is not None:
            row = api.Result.of(average, Options()).primary(term)
            found[name] = (row.method, row.p_value)
    return found


def piece(seed: int) -> list[dict[str, object]]:
    """Rows of one seed."""
    # other seeds than those of national-rollout: equal seeds draw equal streams
    found = p_values(drawn("no-effect", 1000 + seed).panel)
    return [{"seed": seed, "asked": asked, "method": method, "p": p} for asked, (method, p) in found.items()]


def table(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Share of seeds with p up to 5 %, and three Monte Carlo standard errors above 5 % as the bound.

    method: the one used, or all with the number of seeds where the advice differs between seeds.
    """
    groups: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows:
        if row["p"] is not None:
            groups[str(row["asked"])].append((str(row["method"]), float(row["p"])))
    out = []
    for asked, found in groups.items():
        counts = Counter(method for method, _ in found).most_common()
        method = counts[0][0] if len(counts) == 1 else ", ".join(f"{name} ({n})" for name, n in counts)
        bound = LEVEL + 3 * np.sqrt(LEVEL * (1 - LEVEL) / len(found))
        share = float(np.mean([p <= LEVEL for _, p in found]))
        line = {"asked": asked, "method": method, "seeds": len(found)}
        out.append(line | {"found": round(share, 4), "bound": round(bound, 4)})
    return out


def write(lines: list[dict[str, object]]) -> None:
    """The table as CSV and as Markdown."""
    with TABLE.open("w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    text = [
        "# Without an effect: how often one is found",
        "",
        "Regenerate with `make known`. Share of seeds with p up to 5 % in the scenario `no-effect`: one treated",
        "municipality of eleven. For two-way fixed effects the method is the one chosen before outcomes after the",
        "start are used, for the other estimators the first of the decision guide; `cr1` is the conventional one,",
        "never quoted here. Bound: 5 % and three Monte Carlo standard errors.",
        "",
        "| | method | seeds | found | bound |",
        "|---|---|--:|--:|--:|",
    ]
    for line in lines:
        shares = f"{100 * line['found']:.1f} % | {100 * line['bound']:.1f} %"
        text.append(f"| {line['asked']} | {line['method']} | {line['seeds']} | {shares} |")
    TEXT.write_text("\n".join(text) + "\n", encoding="utf-8")


def main() -> None:
    """Arguments, the pool of workers, and the table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="seeds (default %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument("--table", action="store_true", help="only write the table from what the journal holds")
    parser.add_argument("--fresh", action="store_true", help="forget the journal first")
    asked = parser.parse_args()
    if asked.fresh:
        JOURNAL.unlink(missing_ok=True)
    if not asked.table:
        done = {row["seed"] for row in finished(JOURNAL)}
        carry_out(JOURNAL, [seed for seed in range(asked.seeds) if seed not in done], piece, asked.workers, "seeds")
    write(table(finished(JOURNAL)))
    print(f"{TABLE.name} and {TEXT.name} written in {HERE.name}/")


if __name__ == "__main__":
    main()

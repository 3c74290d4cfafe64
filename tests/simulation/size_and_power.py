"""How often each method rejects, without an effect and with one: `make simulate`.

Draws designs (who is treated, how large) and data sets within each, column by column; every finished piece is added to
a journal, so that a stopped programme goes on where it was. When all columns are done, or with --table, the journal
becomes size_and_power.csv and size_and_power.md beside this file, each rate with its Monte Carlo standard error over
designs (at least the binomial one).
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

# one thread a worker: the workers share the processors
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from lib.journal import carry_out, finished
from lib.size_designs import COLUMNS, Column, design, outcomes

from ipscausal import estimate
from ipscausal.inference import METHODS, Options

HERE = Path(__file__).parent
JOURNAL = HERE / "size_and_power.journal.jsonl"
TABLE, TEXT = HERE / "size_and_power.csv", HERE / "size_and_power.md"
LEVELS = (0.001, 0.05, 0.10)
DESIGNS, SETS, SEED = 40, 100, 20261122
VARIANTS = {
    "panel": ("panel", Options(draws=999)),
    "panel (precision)": ("panel", Options(draws=999, estimand="precision")),
    "re_did": ("re_did", Options(draws=999)),
    "re_did (shock ratio 1.5)": ("re_did", Options(draws=999, shock_ratio=1.5)),
    "lau_li (shock ratio 2)": ("lau_li", Options(draws=999, shock_ratio=2.0)),
    "hagemann (shock ratio 2)": ("hagemann", Options(draws=999, shock_ratio=2.0)),
}
SLOW_WITH_MANY = ("wcr_v", "wcr_b", "wcu_v", "wcu_s", "space_time", "conformal_iid", "sup_t")
"""Left out with 350 municipalities, where they cost minutes a design and are not recommended."""


def variants(column: Column) -> Iterator[tuple[str, str, Options]]:
    """Label, method and options of everything that is tried on a column."""
    for label, (name, options) in VARIANTS.items():
        yield label, name, options
    for name, method in METHODS.items():
        many = column.g > 150 and name in SLOW_WITH_MANY
        if method.prepare is not None and not many and name not in {base for base, _ in VARIANTS.values()}:
            yield name, name, Options(draws=999)


def piece(task: tuple[int, int, int]) -> list[dict[str, object]]:
    """All methods on one design of one column: counts of rejections by level, without and with the effect."""
    position, number, sets = task
    column = COLUMNS[position]
    rng = np.random.default_rng([SEED, position, number])
    draw = design(column, rng)
    fit = estimate.did(draw.panel)
    null = outcomes(draw, sets, rng)
    shifted = null + column.effect * draw.panel.exposed
    rows = []
    for label, name, options in variants(column):
        prepare = METHODS[name].prepare
        assert prepare is not None
        trial = prepare(fit, 0, options)
        for effect, data in ((0.0, null), (column.effect, shifted)):
            p = trial(data)
            if np.isnan(p).all():
                continue
            hits = [int((p <= level + 1e-12).sum()) for level in LEVELS]
            rows.append(
                {"column": column.name, "design": number, "method": label, "effect": effect, "sets": sets, "hits": hits}
            )
    return rows


def table(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """One row per column, method and effect: rejection rates and the Monte Carlo standard error of that at 5 %."""
    groups: dict[tuple[object, ...], list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        groups[row["column"], row["method"], row["effect"]].append(row)
    order = {column.name: i for i, column in enumerate(COLUMNS)}
    out = []
    for (column, method, effect), found in sorted(groups.items(), key=lambda item: (order[item[0][0]], *item[0][1:])):
        rate = np.array([[hit / row["sets"] for hit in row["hits"]] for row in found])
        total = sum(row["sets"] for row in found)
        mean = rate.mean(axis=0)
        between = rate[:, 1].std(ddof=1) / np.sqrt(len(rate)) if len(rate) > 1 else 0.0
        error = max(between, np.sqrt(max(mean[1] * (1 - mean[1]), 1 / total) / total))
        out.append(
            {
                "column": column,
                "method": method,
                "effect": effect,
                "designs": len(found),
                "data_sets": total,
                "rejects_001": round(mean[0], 5),
                "rejects_05": round(mean[1], 5),
                "rejects_10": round(mean[2], 5),
                "monte_carlo_se": round(error, 5),
            }
        )
    return out


def write(rows: list[dict[str, object]]) -> None:
    """The table as CSV, and as Markdown with one block per column: size and power in per cent."""
    with TABLE.open("w", newline="", encoding="ascii") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    lines = [
        "# Size and power at the 5 % level",
        "",
        "Regenerate with `make simulate`. Per cent of data sets in which a method rejects, without an effect (size)",
        "and with one (power), and in brackets the Monte Carlo standard error.",
        "What the columns are: `tests/lib/size_designs.py`.",
    ]
    by_column: dict[object, dict[object, dict[bool, dict[str, object]]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        by_column[row["column"]][row["method"]][row["effect"] == 0] = row
    effects = {column.name: column.effect for column in COLUMNS}
    for column, methods in by_column.items():
        sets = max(row["data_sets"] for one in methods.values() for row in one.values())
        head = f"| method | size | power at +{effects[column]} |"
        lines += ["", f"## {column}", "", f"{sets:,} data sets.", "", head, "|---|---|---|"]
        for method, found in methods.items():
            cells = [
                f"{100 * found[null]['rejects_05']:.1f} ({100 * found[null]['monte_carlo_se']:.1f})"
                if null in found else "" for null in (True, False)
            ]  # fmt: skip
            lines.append(f"| {method} | {cells[0]} | {cells[1]} |")
    TEXT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Arguments, the pool of workers, and the table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", type=int, default=DESIGNS, help="designs per column (default %(default)s)")
    parser.add_argument("--sets", type=int, default=SETS, help="data sets per design (default %(default)s)")
    parser.add_argument("--columns", default="", help="only columns whose name holds this text")
    parser.add_argument("--workers", type=int, default=2, help="processes (default %(default)s)")
    parser.add_argument("--table", action="store_true", help="only write the table from what the journal holds")
    parser.add_argument("--fresh", action="store_true", help="forget the journal first")
    asked = parser.parse_args()
    if asked.fresh:
        JOURNAL.unlink(missing_ok=True)
    if not asked.table:
        done = {(row["column"], row["design"]) for row in finished(JOURNAL)}
        tasks = [
            (position, number, asked.sets)
            for position, column in enumerate(COLUMNS)
            for number in range(asked.designs if column.g < 150 else max(1, asked.designs // 4))
            if asked.columns in column.name and (column.name, number) not in done
        ]
        carry_out(JOURNAL, tasks, piece, asked.workers, "designs")
    write(table(finished(JOURNAL)))
    print(f"{TABLE.name} and {TEXT.name} written in {HERE.name}/")


if __name__ == "__main__":
    main()

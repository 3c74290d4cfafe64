"""Every model keeps to the SQL that DuckDB and Spark read alike: its tree holds nothing that was not tried on both.

A new construct is allowed here after it gave the same values on both engines, nulls and ends of types included; what is
known to differ in silence (rounding casts, decimal quotients, date arithmetic, the week day) is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlglot
from sqlglot import exp

from ipscausal.extracts.tables import TABLES
from ipscausal.warehouse import sql_folder
from ipscausal.warehouse.spark.dialect import to_spark

FILES = sorted(sql_folder().rglob("*.sql"))
STRUCTURE = {
    "Alias", "CTE", "Column", "Distinct", "Filter", "From", "Group", "Having", "Identifier", "Join", "Literal", "Null",
    "Order", "Ordered", "Paren", "Placeholder", "Select", "Star", "Subquery", "Table", "TableAlias", "Union", "Var",
    "Where", "Window", "WindowSpec", "With", "DataType", "DataTypeParam",
}  # fmt: skip
OPERATORS = {
    "Add", "And", "Between", "Case", "Cast", "DPipe", "Div", "EQ", "Exists", "GT", "GTE", "If", "In", "IntDiv", "Is",
    "LT", "LTE", "Mod", "Mul", "NEQ", "Neg", "Not", "NullSafeEQ", "NullSafeNEQ", "Or", "Sub", "TryCast",
}  # fmt: skip
FUNCTIONS = {
    "Abs", "Coalesce", "Count", "DateDiff", "DateFromParts", "Day", "Explode", "GenerateSeries", "Greatest", "Lag",
    "Lead", "Least", "Length", "Lower", "Max", "Min", "Month", "Nullif", "RegexpLike", "Round", "RowNumber",
    "Substring", "Sum", "Trim", "Upper", "Year",
}  # fmt: skip
ALLOWED = STRUCTURE | OPERATORS | FUNCTIONS
TYPES = {"INT", "BIGINT", "DECIMAL", "VARCHAR", "TEXT", "DATE", "DOUBLE"}
WHOLE = {"INT", "BIGINT"}
FRACTIONS = {column.name for table in TABLES for column in table.columns if column.kind in ("percent", "measure")}


def found(sql: str) -> Iterator[str]:
    """What in a statement the engines may read differently."""
    for node in sqlglot.parse_one(sql, read="duckdb").walk():
        name = type(node).__name__
        if name not in ALLOWED:
            yield f"{name}: not tried on both engines"
        if isinstance(node, exp.Join) and node.args.get("method"):
            yield f"{node.args['method']} join"
        if isinstance(node, exp.DataType) and node.this.value not in TYPES:
            yield f"type {node.this.value}"
        if type(node) is exp.Cast and node.to.this.value in WHOLE and _has_fraction(node.this):
            yield "a fraction cast to a whole number: round it first, DuckDB rounds and Spark cuts"
        if isinstance(node, exp.Div) and not _is_double(node.this):
            yield "a quotient of what may be decimals: cast the numerator as double"
        if isinstance(node, exp.Sub) and _is_date(node.this) and _is_date(node.expression):
            yield "a date less a date: date_diff('day', ...) or the index of the calendar"
        if isinstance(node, exp.DateDiff) and node.text("unit").upper() != "DAY":
            yield "a difference of dates in other units than days"
        if isinstance(node, exp.Select) and (node.args.get("limit") or node.args.get("order")):
            yield "order or limit of a table, which has none"


def _has_fraction(node: exp.Expression) -> bool:
    if isinstance(node, exp.Round | exp.Count | exp.Predicate | exp.Where):
        return False
    if isinstance(node, exp.Div) or (isinstance(node, exp.Column) and node.name in FRACTIONS):
        return True
    return any(_has_fraction(child) for child in node.iter_expressions())


def _is_double(node: exp.Expression) -> bool:
    inner = node.unnest()
    return isinstance(inner, exp.Cast) and inner.to.this.value == "DOUBLE"


def _is_date(node: exp.Expression) -> bool:
    return isinstance(node, exp.Column) and bool(re.search(r"(_date|first_day|next_day|last_day)$", node.name))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_model_is_portable(path: object) -> None:
    assert list(found(path.read_text(encoding="utf-8"))) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_spark_text_has_the_same_parameters_and_no_other_value(path: object) -> None:
    sql = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    written = to_spark(sql)
    names = re.findall(r"\$(\w+)", re.sub(r"(?m)^--.*$", "", sql))
    assert set(re.findall(r"(?<![:\w]):(\w+)", written)) == set(names)
    assert "$" not in re.sub(r"'[^']*'", "", written)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("select dayofweek(d) as d from t", "DayOfWeek: not tried"),
        ("select list(x) as x from t", "ArrayAgg: not tried"),
        ("select quantile_cont(x, 0.5) as x from t", "PercentileCont: not tried"),
        ("select some_new_function(x) as x from t", "Anonymous: not tried"),
        ("select avg(x) as x from t", "Avg: not tried"),
        ("select hash(x) as x from t", "Anonymous: not tried"),
        ("select x from a asof join b on a.t >= b.t", "ASOF join"),
        ("select cast(x as hugeint) as x from t", "type INT128"),
        ("select cast(x as real) as x from t", "type FLOAT"),
        ("select cast(position_pct * 100 as integer) as x from t", "round it first"),
        ("select cast(cast(a as double) / b as bigint) as x from t", "round it first"),
        ("select a / b as x from t", "cast the numerator"),
        ("select end_date - start_date as x from t", "a date less a date"),
        ("select date_diff('year', a, b) as x from t", "other units than days"),
        ("select x from t order by x limit 3", "order or limit"),
    ],
)
def test_lint_can_fail(sql: str, says: str) -> None:
    assert says in " ".join(found(sql))


def test_lint_passes_what_is_rounded() -> None:
    sql = "select cast(round(position_pct * 100) as integer) as x, cast(a as double) / 3 as y from t"
    assert list(found(sql)) == []

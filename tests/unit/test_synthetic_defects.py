"""Each defect plants what it says, in the table it names, and leaves the truth and the rest alone."""

import json
from pathlib import Path

import pandas as pd
import pytest

from synthetic_registry import DEFECTS, write_registry
from synthetic_registry.defects import OF_REFORMS, SHARE, STRANGERS_FROM

PERSONS = 4_000
HERE = [defect for defect in DEFECTS if defect not in OF_REFORMS]
TABLES = ("persons.parquet", "residence.parquet", "benefits.parquet", "employment", "rollout.csv", "municipalities.csv")


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / name, dtype=str) if name.endswith(".csv") else pd.read_parquet(folder / name)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    folder = write_registry("reference-study", 6, tmp_path_factory.mktemp("clean") / "r", PERSONS)
    return {name: read(folder, name) for name in TABLES}


def planted(defect: str, tmp_path: Path) -> dict[str, pd.DataFrame]:
    folder = write_registry("reference-study", 6, tmp_path / "r", PERSONS, [defect])
    return {name: read(folder, name) for name in TABLES}


def hits(defect: str, tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Rows with the defect, per table, found by its definition."""
    persons, residence = tables["persons.parquet"], tables["residence.parquet"]
    benefits, jobs = tables["benefits.parquet"], tables["employment"]
    rollout, municipalities = tables["rollout.csv"], tables["municipalities.csv"]
    start, end = pd.to_datetime(jobs["start_date"]), pd.to_datetime(jobs["end_date"])
    events = {"employment": jobs, "benefits": benefits, "residence": residence}
    if defect == "exact-duplicates":
        return {name: int(table.duplicated().sum()) for name, table in events.items()}
    if defect == "strangers":
        known = persons["person_id"]
        return {name: int((~events[name]["person_id"].isin(known)).sum()) for name in ("employment", "benefits")}
    if defect == "overlapping-residence":
        same = residence.duplicated(["person_id", "start_date"], keep="first")
        return {"residence": int(same.sum())}
    starts = rollout.loc[rollout["programme"] == "IPS", "start_date"]
    numbers = jobs["position_pct"] if jobs["position_pct"].dtype.kind == "f" else pd.Series([0.0])
    found = {
        "position-above-100": ("employment", (numbers > 100).sum()),
        "late-rollout": ("rollout", (starts > "2019-12-31").sum()),
        "early-rollout": ("rollout", (starts < "2011-01-01").sum()),
        "young-benefit": ("benefits", str(benefits["start_date"].min()) >= "2011-01-01"),
        "unknown-status": ("municipalities", 21 - len(municipalities)),
        "comparison-in-rollout": ("rollout", rollout["municipality"].eq("0105").sum()),
        "null-person-id": ("persons", persons["person_id"].isna().sum()),
        "duplicate-person": ("persons", persons["person_id"].dropna().duplicated().sum()),
        "lost-leading-zero": ("residence", residence["municipality"].str.fullmatch(r"[1-9]\d\d").sum()),
        "malformed-municipality": ("residence", residence["municipality"].str.fullmatch(r"\d{3}O").sum()),
        "start-after-end": ("employment", (start > end).sum()),
        "negative-position": ("employment", (numbers < 0).sum()),
        "wrong-type": ("employment", jobs["position_pct"].dtype.kind != "f"),
        "late-reports": ("employment", not (start >= "2019-09-01").any()),
        "source-break": ("employment", "source" in jobs and set(jobs["source"]) == {"old", "new"}),
        "restated": ("employment", len(set(jobs.get("extract_date", ()))) > 1),
        "missing-year": ("employment", not (end.fillna(pd.Timestamp("2099-01-01")) >= "2019-01-01").any()),
    }
    table, number = found[defect]
    return {table: int(number)}


@pytest.mark.parametrize("defect", HERE)
def test_a_clean_registry_has_none_of_it(defect: str, clean: dict[str, pd.DataFrame]) -> None:
    assert set(hits(defect, clean).values()) == {0}


@pytest.mark.parametrize("defect", HERE)
def test_a_defect_is_planted_where_it_says_and_nowhere_else(
    defect: str, clean: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    tables = planted(defect, tmp_path)
    found = hits(defect, tables)
    assert set(found) == set(DEFECTS[defect].tables)
    assert all(number > 0 for number in found.values())
    for name, table in tables.items():
        if name.split(".")[0] not in DEFECTS[defect].tables:
            pd.testing.assert_frame_equal(table, clean[name])


@pytest.mark.parametrize("defect", ["exact-duplicates", "strangers", "negative-position", "start-after-end"])
def test_row_defects_touch_a_small_share(defect: str, clean: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    rows = len(clean["employment"])
    assert hits(defect, planted(defect, tmp_path))["employment"] == pytest.approx(SHARE * rows, abs=1.5)


def test_several_defects_go_together_and_the_truth_is_the_clean_one(tmp_path: Path) -> None:
    names = ("exact-duplicates", "late-rollout", "strangers")
    clean = write_registry("reference-study", 6, tmp_path / "clean", PERSONS)
    messy = write_registry("reference-study", 6, tmp_path / "messy", PERSONS, names)
    tables = {name: read(messy, name) for name in TABLES}
    assert all(number > 0 for name in names for number in hits(name, tables).values())
    assert (tables["employment"]["person_id"] >= STRANGERS_FROM).any()
    truth = [json.loads((folder / "truth.json").read_text()) for folder in (clean, messy)]
    assert truth[1].pop("defects") == list(names)
    truth[0].pop("defects")
    assert truth[0] == truth[1]


@pytest.mark.parametrize(
    ("defect", "rows"),
    [("change-twice", 9), ("change-of-unknown-code", 9), ("circular-renumbering", 9), ("lost-code", 7)],
)
def test_defects_of_reforms_are_in_the_table_of_changes(defect: str, rows: int, tmp_path: Path) -> None:
    clean = write_registry("municipality-reform", 6, tmp_path / "clean", PERSONS)
    messy = write_registry("municipality-reform", 6, tmp_path / "messy", PERSONS, [defect])
    names = ("residence.parquet", "rollout.csv", "municipalities.csv", "municipality_changes.csv")
    differ = [name for name in names if not read(clean, name).equals(read(messy, name))]
    assert differ == ["municipality_changes.csv"]
    assert len(read(messy, differ[0])) == rows


def test_defects_of_reforms_need_a_reform(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="need a reform, and reference-study has none"):
        write_registry("reference-study", 6, tmp_path / "r", PERSONS, ["lost-code"])


def test_every_rule_of_the_contract_that_a_delivery_can_break_has_a_severity() -> None:
    assert {defect.severity for defect in DEFECTS.values()} == {"error", "warning"}
    assert sum(defect.severity == "warning" for defect in DEFECTS.values()) == 12

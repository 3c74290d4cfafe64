"""Which registries may be pooled, what is said where they may not, and what their sum is."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from lib.split_registry import split

from ipscausal import estimate, pipeline
from ipscausal.errors import UsageError
from ipscausal.machine import Machine
from ipscausal.municipality_year import CellTables, cells_of
from ipscausal.municipality_year.design_columns import Counted
from ipscausal.municipality_year.tables import KEYS
from ipscausal.person_year import AttritionRow
from ipscausal.pooling import Member, read_member, section_digests, unite
from ipscausal.pooling.agreement import differences
from ipscausal.results import Notice
from ipscausal.study import Study
from ipscausal.study_file import read_study
from synthetic_registry import write_registry


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The cells of two registries that count the same study; the first holds the treated municipality."""
    folder = tmp_path_factory.mktemp("pool")
    registry = write_registry("reference-study", 5, folder / "registry", 1500)
    study = read_study(registry / "study.toml")
    union, halves = split(registry, folder, 2)
    for k, half in enumerate((*halves, union)):
        pipeline.cells(study, half, folder / f"cells{k}")
    return folder / "cells0", folder / "cells1"


@pytest.fixture
def members(parts: tuple[Path, Path]) -> tuple[Member, Member]:
    first, second = map(read_member, parts)
    return first, second


def otherwise(member: Member, **sections: dict[str, Any]) -> Member:
    """The member with keys of its study changed."""
    changed = {name: getattr(member.study, name).model_copy(update=keys) for name, keys in sections.items()}
    return replace(member, study=member.study.model_copy(update=changed))


def refused(*members: Member) -> UsageError:
    with pytest.raises(UsageError) as found:
        unite(members)
    return found.value


def test_the_sum_is_the_sum(members: tuple[Member, Member]) -> None:
    pooled = unite(members)
    cells = cells_of(pooled.study, pooled.population, pooled.tables)
    assert cells.municipality == tuple(sorted(members[0].municipalities + members[1].municipalities))
    for member in members:
        rows = member.tables.tables["municipality_year"].to_pylist()
        for row in rows:
            g, t = cells.municipality.index(row["municipality"]), row["year"] - int(cells.years[0])
            assert (cells.persons[g, t], cells.women[g, t]) == (row["persons"], row["women"])
    assert cells.person_count == sum(m.tables.tables["person_total"].to_pylist()[0]["persons"] for m in members)
    assert pooled.notices[0] == Notice("pooled_members", "note", {"count": 2})
    # persons counted anew are in no registry's cells
    assert pooled.left_out == ("movers", "outcome_definition")
    assert pooled.study.sensitivity == ()


def test_a_second_population_is_left_out_and_told(members: tuple[Member, Member]) -> None:
    document = members[0].study.model_dump(mode="python")
    document["second_population"] = {"name": {"en": "others"}, "receipt": "no benefit"}
    study = Study.model_validate(document)
    pooled = unite([replace(member, study=study) for member in members])
    assert "second_population" in pooled.left_out
    assert pooled.study.second_population is None


def test_the_pool_of_two_is_the_count_of_their_union(parts: tuple[Path, Path], members: tuple[Member, Member]) -> None:
    pooled, union = unite(members), read_member(parts[0].with_name("cells2"))
    assert pooled.population == union.population
    assert set(pooled.tables.tables) == set(union.tables.tables)
    for name in KEYS.keys() & union.tables.tables.keys():
        assert pooled.tables.tables[name].equals(union.tables.tables[name]), name
    ours, theirs = (cells_of(one.study, one.population, one.tables).panel("workdays") for one in (pooled, union))
    assert estimate.event_study(ours).coef.tobytes() == estimate.event_study(theirs).coef.tobytes()


def test_the_order_of_members_changes_nothing(members: tuple[Member, Member]) -> None:
    one, other = unite(members), unite(members[::-1])
    assert one.population == other.population
    for name, table in one.tables.tables.items():
        assert table.equals(other.tables.tables[name]), name


def test_one_member_is_no_pool(members: tuple[Member, Member]) -> None:
    assert "one member" in refused(members[0]).message


@pytest.mark.parametrize(
    ("sections", "line"),
    [
        ({"population": {"ages": (18, 30)}}, "population.ages: [18, 29] in cells0, [18, 30] in cells1"),
        ({"outcome": {"cap": False}}, "outcome.cap: true in cells0, false in cells1"),
        ({"design": {"reference": -2}}, "design.reference: -1 in cells0, -2 in cells1"),
        ({"inference": {"level": 0.9}}, "inference.level: 0.95 in cells0, 0.9 in cells1"),
        ({"disclosure": {"min_persons": 5}}, "disclosure.min_persons: 10 in cells0, 5 in cells1"),
        ({"outcome": {"country": "SE"}}, 'outcome.country: "NO" in cells0, "SE" in cells1'),
    ],
)
def test_what_differs_is_named_with_both_values(
    members: tuple[Member, Member], sections: dict[str, dict[str, Any]], line: str
) -> None:
    error = refused(members[0], otherwise(members[1], **sections))
    assert error.problems == (line,)
    assert "rollout table of all" in (error.remedy or "")


def test_amounts_in_other_prices_are_not_added(members: tuple[Member, Member]) -> None:
    first, second = (
        replace(one, inputs={**one.inputs, "price_index": d * 64}) for one, d in zip(members, "ab", strict=True)
    )
    unite((first, second))
    deflated = [otherwise(member, outcome={"prices_of": 2015}) for member in (first, second)]
    line = "extracts.price_index: file aaaaaaaaaaaa in cells0, file bbbbbbbbbbbb in cells1"
    assert refused(*deflated).problems == (line,)
    assert differences((deflated[0], replace(deflated[1], inputs=first.inputs))) == ()


def test_other_holidays_in_one_calendar_are_told(members: tuple[Member, Member]) -> None:
    one, two = members
    assert len(one.calendar) == 64
    (line,) = refused(one, replace(two, calendar="0" * 64)).problems
    assert line.startswith("public holidays")
    assert f"calendar {'0' * 12} in" in line


def test_every_difference_is_told_at_once(members: tuple[Member, Member]) -> None:
    other = otherwise(members[1], population={"benefit": "X"}, design={"anticipation": 1})
    assert len(refused(members[0], replace(other, sql={**other.sql, "population": "0"})).problems) == 3


def test_names_and_lists_of_municipalities_may_differ(members: tuple[Member, Member]) -> None:
    first, second = members
    listed = first.study.design.comparison_municipalities
    first = otherwise(first, design={"comparison_municipalities": listed[:5]})
    second = otherwise(
        second, study={"id": "another", "title": {"en": "Another"}}, design={"comparison_municipalities": listed[5:]}
    )
    pooled = unite((first, second))
    assert pooled.study.design.comparison_municipalities == tuple(sorted(listed))
    assert section_digests(first.study) == section_digests(second.study)


def test_the_country_decides_holidays_only(members: tuple[Member, Member]) -> None:
    """Days of the week are the same in every country, working days are not."""
    weekdays = [
        otherwise(member, outcome={"days": "weekdays", "country": c})
        for member, c in zip(members, ("NO", "SE"), strict=True)
    ]
    assert unite(weekdays).study.outcome.days == "weekdays"


def test_a_first_start_that_fixes_a_cohort_must_be_the_same(members: tuple[Member, Member]) -> None:
    later = replace(
        members[1],
        population=replace(members[1].population, units=replace(members[1].population.units, first_start=2018)),
    )
    start = members[0].population.units.first_start
    # "prior work" is a dimension of this study
    assert refused(members[0], later).problems == (f"first start: {start} in cells0, 2018 in cells1",)
    plain = [otherwise(member, heterogeneity={"by": ("sex",)}) for member in (members[0], later)]
    assert unite(plain).population.units.first_start == start


def test_the_same_municipality_in_two_members_is_refused(members: tuple[Member, Member]) -> None:
    error = refused(members[0], members[1], members[0])
    shared = members[0].municipalities
    assert len(shared) == 5
    assert error.problems == (f"cells0 (1) and cells0 (3): {len(shared)} ({', '.join(shared)})",)


def test_another_start_of_a_municipality_is_refused(members: tuple[Member, Member]) -> None:
    population = members[1].population
    moved = tuple(
        replace(unit, adoption_year=2013) if unit.arm == "treated" else unit for unit in population.units.units
    )
    other = replace(members[1], population=replace(population, units=replace(population.units, units=moved)))
    assert "different times" in refused(members[0], other).message


def test_a_step_that_one_member_lacks_leaves_what_was_before(members: tuple[Member, Member]) -> None:
    def rows(*steps: tuple[int, str, int]) -> tuple[AttritionRow, ...]:
        return tuple(AttritionRow(step, rule, "all", count, 2 * count) for step, rule, count in steps)

    first = replace(members[0], population=replace(members[0].population, attrition=rows((1, "a", 10), (3, "c", 4))))
    second = replace(
        members[1], population=replace(members[1].population, attrition=rows((1, "a", 7), (2, "b", 6), (3, "c", 5)))
    )
    assert unite((first, second)).population.attrition == rows((1, "a", 17), (2, "b", 16), (3, "c", 9))


def with_text(member: Member, categories: dict[str, int]) -> Member:
    """The member with one text covariate: so many person-years of each category in its first municipality and year."""
    code, year = member.municipalities[0], member.study.first_year
    counted = tuple(Counted(k, "group", 1, category) for k, category in enumerate(sorted(categories), start=1))
    rows = [
        {"municipality": code, "year": year, "i": i, "j": column.number, "total": categories[column.category or ""]}
        for column in counted
        for i in (0, column.number)
    ]
    schema = pa.schema(
        [("municipality", pa.string()), ("year", pa.int32()), ("i", pa.int32()), ("j", pa.int32()),
         ("total", pa.decimal128(38, 0))]
    )  # fmt: skip
    tables = {**member.tables.tables, "covariate_product": pa.Table.from_pylist(rows, schema=schema)}
    other = otherwise(member, design={"covariates": ("group",)})
    kinds = replace(member.population, covariate_kinds={1: "text"})
    return replace(other, population=kinds, tables=CellTables(member.tables.outcomes, counted, tables))


def test_categories_of_text_that_one_member_lacks(members: tuple[Member, Member]) -> None:
    first, second = with_text(members[0], {"b": 3, "d": 4}), with_text(members[1], {"a": 5, "b": 6, "c": 7})
    tables = unite((first, second)).tables
    assert [column.category for column in tables.counted] == ["a", "b", "c", "d"]
    sums = {
        (row["municipality"], row["j"]): row["total"]
        for row in tables.tables["covariate_product"].to_pylist()
        if row["i"] == 0
    }
    one, other = first.municipalities[0], second.municipalities[0]
    assert sums == {(one, 2): 3, (one, 4): 4, (other, 1): 5, (other, 2): 6, (other, 3): 7}


def test_a_covariate_that_is_text_here_and_a_number_there_is_refused(members: tuple[Member, Member]) -> None:
    first, second = (with_text(member, {"a": 1}) for member in members)
    number = replace(second, population=replace(second.population, covariate_kinds={1: "number"}))
    assert refused(first, number).problems == (
        'covariates: {"group": "text"} in cells0, {"group": "number"} in cells1',
    )


def test_notices_that_all_give_are_given_once_others_add_up(members: tuple[Member, Member]) -> None:
    given = [
        replace(member, notices=(Notice("same", "note", {"count": 2}), Notice("own", "note", {"count": k})))
        for k, member in enumerate(members, start=3)
    ]
    assert [(n.code, n.values["count"]) for n in unite(given).notices[1:]] == [("same", 2), ("own", 7)]


def test_cells_changed_since_they_were_counted_are_refused(parts: tuple[Path, Path], tmp_path: Path) -> None:
    folder = shutil.copytree(parts[0] / "restricted" / "cells", tmp_path / "handed over")
    assert read_member(folder).digest == read_member(parts[0]).digest
    with (folder / "municipality_year.parquet").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(UsageError, match="changed since they were counted") as found:
        read_member(folder)
    assert found.value.problems == ("municipality_year.parquet: missing or changed",)


def test_cells_that_are_used_again_are_those_of_the_new_study(tmp_path: Path) -> None:
    registry = write_registry("reference-study", 5, tmp_path / "registry", 800)
    study = read_study(registry / "study.toml")
    pipeline.panel(study, registry, tmp_path / "out")
    first = read_member(tmp_path / "out")
    told: list[str] = []
    other = study.model_copy(update={"inference": study.inference.model_copy(update={"level": 0.9})})
    pipeline.panel(other, registry, tmp_path / "out", Machine(progress=told.append))
    assert any(line.startswith("reused") for line in told)
    again = read_member(tmp_path / "out")
    assert (first.study.inference.level, again.study.inference.level) == (0.95, 0.9)
    assert again.population == first.population


def test_a_folder_without_cells_and_damaged_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no cells"):
        read_member(tmp_path)
    (tmp_path / "member.json").write_text("{}", encoding="ascii")
    with pytest.raises(UsageError, match="damaged"):
        read_member(tmp_path)


def test_what_is_handed_over_holds_no_person_id(parts: tuple[Path, Path]) -> None:
    import pyarrow.parquet as pq

    folder = parts[0] / "restricted" / "cells"
    columns = {name for path in folder.glob("*.parquet") for name in pq.read_schema(path).names}
    assert "person_id" not in columns
    assert not (parts[0] / "restricted" / "person_year.parquet").exists()
    text = (folder / "member.json").read_text(encoding="ascii")
    assert str(parts[0]) not in text
    assert Study.model_validate(json.loads(text)["study"]).study.id == "reference-study"
    assert np.all([len(digest) == 64 for digest in json.loads(text)["files"].values()])

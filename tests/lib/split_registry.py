"""A synthetic registry divided among several, each with its own municipalities and persons, and their union."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ipscausal.study import Study

OF_PERSONS = ("persons", "residence", "benefits", "employment")


def split(registry: Path, out: Path, parts: int) -> tuple[Path, list[Path]]:
    """Folders `union` and `part0`, `part1`, ...: municipalities in turn by code, persons who never cross a border.

    Everybody else stays out of all of them, since a registry does not see where its persons come from.
    """
    residence = pq.read_table(registry / "residence.parquet")
    codes = sorted(set(residence.column("municipality").to_pylist()))
    part_of = {code: k % parts for k, code in enumerate(codes)}
    seen: dict[object, set[int]] = {}
    for person, code in zip(
        *(residence.column(name).to_pylist() for name in ("person_id", "municipality")), strict=True
    ):
        seen.setdefault(person, set()).add(part_of[code])
    people = [[person for person, at in seen.items() if at == {k}] for k in range(parts)]
    union = _write(registry, out / "union", [person for part in people for person in part])
    return union, [_write(registry, out / f"part{k}", part) for k, part in enumerate(people)]


def own_study(study: Study, registry: Path) -> Study:
    """The study with the comparison municipalities that somebody of the registry lives in."""
    here = set(pq.read_table(registry / "residence.parquet").column("municipality").to_pylist())
    listed = tuple(code for code in study.design.comparison_municipalities if code in here)
    return study.model_copy(update={"design": study.design.model_copy(update={"comparison_municipalities": listed})})


def _write(registry: Path, folder: Path, people: Sequence[object]) -> Path:
    for path in sorted(registry.rglob("*")):
        target = folder / path.relative_to(registry)
        if path.is_dir():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet" and path.relative_to(registry).parts[0].split(".")[0] in OF_PERSONS:
            table = pq.read_table(path)
            kept = pc.is_in(table.column("person_id"), value_set=pa.array(people, table.schema.field("person_id").type))
            pq.write_table(table.filter(kept), target)
        else:
            shutil.copy(path, target)
    return folder

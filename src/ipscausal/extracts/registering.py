"""Register a delivery: every table found, fingerprinted, checked for its columns, and made a view."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ipscausal.errors import ExtractError
from ipscausal.extracts import csvs, files, klass, parquet, periods
from ipscausal.extracts.columns import PERIOD, match, study_covariates
from ipscausal.extracts.files import DeliveredFile
from ipscausal.extracts.parquet import Delivered
from ipscausal.extracts.tables import MUNICIPALITY_CHANGES, PERSONS, TABLES, Table
from ipscausal.extracts.units import register_units
from ipscausal.study import Extract, Study
from ipscausal.warehouse import Source, Warehouse

_LOCAL = "extract_municipalities"
_REMEDY = "correct the delivery or the [extracts] part of the study file; nothing was written"


@dataclass(frozen=True, slots=True)
class DeliveredTable:
    """One registered table: its files, rows, and columns (our name -> name in the delivery)."""

    name: str
    files: tuple[DeliveredFile, ...]
    rows: int
    columns: tuple[tuple[str, str], ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was delivered. `covariates`: the study's person columns, k-th is covariate_k in extract_persons."""

    folder: Path
    tables: tuple[DeliveredTable, ...]
    covariates: tuple[str, ...]

    def verify_unchanged(self) -> None:
        """Raises ExtractError where a file is gone or differs from what was fingerprinted at the start."""
        changed = []
        for file in (file for table in self.tables for file in table.files):
            if not file.path.is_file():
                changed.append(f"{file.relative}: gone")
            elif files.fingerprint(file.path, self.folder).sha256 != file.sha256:
                changed.append(f"{file.relative}: other content than at the start of the run")
        if changed:
            raise ExtractError(
                "the extracts changed while they were read",
                problems=tuple(changed),
                remedy="run again when the delivery is complete; nothing was written",
            )


@dataclass(frozen=True, slots=True)
class _Read:
    """A table that could be read: where its columns come from, and its text cells if it is a CSV."""

    table: Table
    found: tuple[Path, ...]
    delivered: Delivered
    sources: dict[str, Source]
    cells: dict[str, list[str | None]] | None


def register(warehouse: Warehouse, study: Study, folder: Path) -> Delivery:
    """Views extract_persons, extract_residence, extract_employment, extract_benefits, extract_rollout,
    extract_municipalities, extract_neighbours and extract_municipality_changes, with the declared columns under fixed
    names and types; delivered_municipality_value(municipality, year, position, value), the study's municipality
    covariates made long; municipality_unit(municipality, unit), the codes that the study joins; and period_spelling
    (see `periods.spellings`) for the layouts of the study.

    Optional columns that are not delivered are NULL, an optional table is empty. Everything of the last four
    and of extract_rollout is text; staging casts it.

    Raises ExtractError with all problems of all tables.
    """
    folder = folder.resolve()
    problems: list[str] = []
    reads: list[_Read] = []
    absent: list[Table] = []
    for table in TABLES:
        extract: Extract | None = getattr(study.extracts, table.name)
        if extract is None:
            absent.append(table)
            continue
        read, found_problems = _read(table, extract, study, folder)
        problems += found_problems
        if read is not None:
            reads.append(read)
    problems += _mixed_persons(reads)
    if not problems:
        problems += [problem for read in reads for problem in _losing_precision(warehouse, read)]
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise ExtractError(f"the extracts cannot be read: {count}", problems=tuple(problems), remedy=_REMEDY)
    for table in absent:
        warehouse.register_table(table.view, _nothing(table, _person_type(reads)))
    spells = (study.extracts.residence, study.extracts.employment, study.extracts.benefits)
    layouts = tuple(extract.layout for extract in spells if extract is not None)
    warehouse.register_table(periods.TABLE, periods.spellings(layouts))
    tables = []
    for read in reads:
        _make_view(warehouse, read)
        warehouse.progress(f"fingerprint {read.table.name}")
        fingerprints = tuple(files.fingerprint(path, folder) for path in read.found)
        columns = tuple((ours, source.column) for ours, source in read.sources.items() if source.column is not None)
        tables.append(DeliveredTable(read.table.name, fingerprints, read.delivered.rows, columns))
    values = {k: (_LOCAL, f"covariate_{k}") for k in range(1, len(study.design.municipality_covariates) + 1)}
    warehouse.stack(_LOCAL, values, "delivered_municipality_value", ("municipality", "year"))
    register_units(warehouse, study)
    return Delivery(folder, tuple(tables), study_covariates(study))


def _read(table: Table, extract: Extract, study: Study, folder: Path) -> tuple[_Read | None, list[str]]:
    found, problem = files.find(folder, extract.path)
    if problem:
        return None, [f"{table.name}: {problem}"]
    cells: dict[str, list[str | None]] | None = None
    if any(path.suffix.lower() in (".csv", ".txt", ".tsv") for path in found):
        if not table.csv or len(found) > 1:
            reason = "may be CSV only as a single file" if table.csv else "cannot be CSV"
            return None, [f"{table.name}: {extract.path!r} {reason}; convert it to Parquet (`ipscausal convert`)"]
        cells, problems = _text_cells(table, extract, found[0])
        delivered = Delivered(dict.fromkeys(cells, "text"), len(next(iter(cells.values())))) if cells else None
        problems = [f"{extract.path}: {problem}" for problem in problems]
    else:
        delivered, problems = parquet.read(found, folder)
    if delivered is None:
        return None, [f"{table.name}: {problem}" for problem in problems]
    if delivered.rows == 0:
        problems.append(f"{table.name}: {extract.path!r} holds no rows; ask for the delivery again")
    sources, column_problems = match(table, extract, delivered, study)
    return _Read(table, tuple(found), delivered, sources, cells), problems + column_problems


def _text_cells(table: Table, extract: Extract, path: Path) -> tuple[dict[str, list[str | None]] | None, list[str]]:
    """Cells of a CSV file; of changes of municipality codes also as the statistical office exports them."""
    exported = klass.read(path) if table is MUNICIPALITY_CHANGES and not extract.columns else None
    return csvs.read(path) if exported is None else (exported, [])


def _mixed_persons(reads: list[_Read]) -> list[str]:
    """person_id must be one kind, or nobody is found again in another table."""
    kinds = {
        read.table.name: read.delivered.columns[source.column]
        for read in reads
        if (source := read.sources.get("person_id")) is not None and source.column is not None
    }
    if len(set(kinds.values())) < 2:
        return []
    told = ", ".join(f"{kind} in {name}" for name, kind in kinds.items())
    return [f"person_id is {told}; deliver it as one kind in all tables"]


def _losing_precision(warehouse: Warehouse, read: _Read) -> list[str]:
    problems = []
    for ours, source in read.sources.items():
        kind = read.delivered.columns.get(source.column or "", "")
        whole_number = source.decimals == 0 and kind == "number"
        if source.column is None or not (kind == "timestamp" or whole_number):
            continue
        count = warehouse.rows_losing_precision(read.table.name, read.found, source.column)
        if count and whole_number:
            problems.append(
                f"{read.table.name}: covariate {source.column!r} is not a whole number in {count} of "
                f"{read.delivered.rows} rows; round, rescale or group it in the export"
            )
        elif count:
            problems.append(
                f"{read.table.name}: column {ours} has a time of day in {count} of {read.delivered.rows} rows; "
                "deliver a date"
            )
    return problems


def _person_type(reads: list[_Read]) -> pa.DataType:
    persons = next(read for read in reads if read.table is PERSONS)
    return pa.string() if persons.sources["person_id"].sql_type == "VARCHAR" else pa.int64()


def _nothing(table: Table, person: pa.DataType) -> pa.Table:
    """The columns of a table that is not delivered, with the types they would have."""
    typed = {} if table.csv else {"person": person, "date": pa.date32()}
    columns = {column.name: pa.array([], typed.get(column.kind, pa.string())) for column in table.columns}
    # every table of spells has one, empty but for rows by month, week or year
    period = {} if table.csv else {PERIOD: pa.array([], pa.string())}
    return pa.table(columns | period)


def _make_view(warehouse: Warehouse, read: _Read) -> None:
    if read.cells is None:
        used = {source.column for source in read.sources.values()} - read.delivered.doubled
        folders = {
            path: {name: value for name, value in said.items() if name in used}
            for path, said in read.delivered.folders.items()
        }
        warehouse.register_files(read.table.view, read.found, read.sources, folders)
        return
    nothing: list[str | None] = [None] * read.delivered.rows
    columns = {
        ours: pa.array(nothing if source.column is None else read.cells[source.column], pa.string())
        for ours, source in read.sources.items()
    }
    warehouse.register_table(read.table.view, pa.table(columns))

"""SQL models: find, read the header, order by what they read.

A model file is one SELECT under a comment header with five fields:

    -- model: person_year
    -- grain: one row per person and calendar year (person_id, year)
    -- reads: population, workdays
    -- params: level_cap
    -- <a sentence or more of meaning>

The parentheses hold the key, `none` where rows may repeat. A check has the grain `one row`: a single row
of integer counts, fetched by `Warehouse.violations` and never kept as a table.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ipscausal.errors import WarehouseError

ONE_ROW = "one row"
_FIELD = re.compile(r"^-- (model|grain|reads|params):(.*)$")
# clauses of the outermost SELECT stand at the start of their lines; of a union there are several
_UNION = re.compile(r"^(union|except|intersect)\b", re.MULTILINE)
_ONCE_EACH = re.compile(r"^(?:group by|select distinct) (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Model:
    """One SQL file. `key` is the column list in the parentheses of its grain."""

    name: str
    folder: str
    grain: str
    key: tuple[str, ...]
    reads: tuple[str, ...]
    params: tuple[str, ...]
    meaning: str
    sql: str

    @property
    def is_check(self) -> bool:
        """Whether this is a check: one row of counts instead of a table."""
        return self.grain == ONE_ROW

    @property
    def unproven_key(self) -> tuple[str, ...]:
        """The key where rows may repeat it; nothing where the outermost SELECT groups by columns of the key alone."""
        once = _ONCE_EACH.findall(self.sql)
        if _UNION.search(self.sql) or not once:
            return self.key
        columns = {column.strip().rpartition(".")[2] for column in once[-1].split(",")}
        return () if columns <= set(self.key) else self.key

    @property
    def digest(self) -> str:
        """SHA-256 of the file's text, kept in the manifest."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def sql_folder() -> Path:
    """`sql/` of the checkout if there is one, else the copy inside the installed package."""
    checkout = Path(__file__).resolve().parents[3] / "sql"
    return checkout if checkout.is_dir() else Path(__file__).resolve().parents[1] / "sql"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in text.split(",")) if name and name != "none")


def read_model(path: Path) -> Model:
    """Parse one file; raises WarehouseError where the header is incomplete."""
    text = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    meaning: list[str] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        found = _FIELD.match(line)
        if found:
            header[found[1]] = found[2].strip()
        else:
            meaning.append(line.removeprefix("--").strip())
    missing = [name for name in ("model", "grain", "reads", "params") if name not in header]
    key = re.search(r"\(([^)]*)\)\s*$", header.get("grain", ""))
    if missing or header["model"] != path.stem or (key is None and header["grain"] != ONE_ROW):
        raise WarehouseError(
            f"{path.parent.name}/{path.name}: incomplete model header",
            remedy="state model, grain (with its key in parentheses), reads and params as the other files do",
        )
    return Model(
        name=path.stem, folder=path.parent.name, grain=header["grain"], key=_names(key[1] if key else ""),
        reads=_names(header["reads"]), params=_names(header["params"]), meaning=" ".join(meaning).strip(), sql=text,
    )  # fmt: skip


@cache
def load_models(*folders: str) -> tuple[Model, ...]:
    """All models of some folders of `sql/`, each after those it reads (order of folders and names breaks ties)."""
    paths = [path for folder in folders for path in sorted((sql_folder() / folder).glob("*.sql"))]
    pending = {path.stem: read_model(path) for path in paths}
    ordered: list[Model] = []
    while pending:
        ready = [name for name, model in pending.items() if not set(model.reads) & set(pending) - {name}]
        if not ready:
            raise WarehouseError(f"sql/{', '.join(folders)}: models read each other in a circle: {', '.join(pending)}")
        ordered.extend(pending.pop(name) for name in ready)
    return tuple(ordered)

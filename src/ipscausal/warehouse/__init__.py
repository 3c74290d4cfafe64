"""The engine. The only room that imports duckdb.

`Warehouse` opens a locked-down DuckDB connection, registers delivered files under fixed names,
runs the SQL models of `sql/` with bound parameters, and hands back small results. It knows
nothing of what a table means.
"""

from ipscausal.warehouse.engine import open_warehouse
from ipscausal.warehouse.models import Model, load_models, sql_folder
from ipscausal.warehouse.protocol import PersonRange, Source, Warehouse

__all__ = ["Model", "PersonRange", "Source", "Warehouse", "load_models", "open_warehouse", "sql_folder"]

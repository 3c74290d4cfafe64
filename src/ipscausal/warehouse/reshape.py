"""Wide columns to long rows and back, whatever the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ipscausal.warehouse.protocol import PERSON, Warehouse


def stack(
    warehouse: Warehouse,
    keyed: str,
    columns: Mapping[int, tuple[str, str]],
    name: str,
    key: Sequence[str] = PERSON,
) -> dict[int, str]:
    """See `Warehouse.stack`."""
    return warehouse.stack(keyed, columns, name, key)


def spread(
    warehouse: Warehouse, wide: str, long: str, columns: Mapping[int, str], key: Sequence[str], name: str
) -> None:
    """See `Warehouse.spread`."""
    warehouse.spread(wide, long, columns, key, name)

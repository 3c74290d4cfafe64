"""Synthetic registries with known effects: realistic extracts, truth.json and a ready study.toml.

Knows nothing of the software it is used to test.
"""

from __future__ import annotations

from synthetic_registry.defects import DEFECTS, Defect
from synthetic_registry.layouts import LAYOUTS
from synthetic_registry.scenario import SCENARIOS
from synthetic_registry.write import write_registry

__all__ = ["DEFECTS", "LAYOUTS", "SCENARIOS", "Defect", "write_registry"]

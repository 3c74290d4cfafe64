"""How many persons ever have the study's benefit: a first idea of how many rows a study will move."""

from __future__ import annotations

from ipscausal.extracts import parameters
from ipscausal.study import Study
from ipscausal.warehouse import Warehouse, load_models

_FOLDER, _MODEL = "checks", "recipient"


def count_recipients(warehouse: Warehouse, study: Study) -> int:
    """Distinct persons with the study's benefit in the registered extracts."""
    (model,) = (model for model in load_models(_FOLDER) if model.name == _MODEL)
    count = warehouse.run(model, parameters(study))
    warehouse.drop_table(model.name)
    return count

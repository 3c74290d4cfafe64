"""A population survives being written down: nothing is lost that its cells need."""

from ipscausal.person_year import AttritionRow, Population, StudyUnits, Unit, population_from_json, population_to_json
from ipscausal.results import Notice


def test_document_and_back():
    units = (Unit("0301", "control"), Unit("1804", "treated", 2016, 2015, 2019))
    population = Population(
        attrition=(AttritionRow(1, "persons_with_benefit", "all", 40, 120),),
        units=StudyUnits(units, 2016, later=("0301",), ended=("1804",), partial_start=("1804",)),
        notices=(Notice("late_rollout", "warning", {"count": 1}),),
        years=(2011, 2019),
        covariate_kinds={2: "text", 3: "number"},
    )
    assert population_from_json(population_to_json(population)) == population

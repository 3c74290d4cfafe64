"""One wording for console, figures, disclosure and report: catalogues and number formatting.

Texts live in `en/*.toml`, `nb/*.toml` and `nn/*.toml`, one file per topic, with equal keys and equal placeholders.
A placeholder names how its number is shown (`{share:percent}`), so no caller formats numbers for a language.
"""

from ipscausal.language.catalogue import LANGUAGES, Catalogue, Language, catalogue
from ipscausal.language.checks import check_name, check_sentence, specification_name
from ipscausal.language.labels import (
    benefit_of,
    codes_told,
    effect_period,
    event_year,
    flow_rule,
    gathers_later_years,
    who,
    work_years_rule,
)
from ipscausal.language.nearest import nearest_words, own_words
from ipscausal.language.numbers import MISSING, WITHHELD, NumberStyle
from ipscausal.language.outcomes import capital, outcome_definition, outcome_meaning, study_words
from ipscausal.language.quarters import period_words

__all__ = [
    "LANGUAGES", "MISSING", "WITHHELD", "Catalogue", "Language", "NumberStyle", "benefit_of", "capital", "catalogue",
    "check_name", "check_sentence", "codes_told", "effect_period", "event_year", "flow_rule", "gathers_later_years",
    "nearest_words", "outcome_definition", "outcome_meaning", "own_words", "period_words", "specification_name",
    "study_words", "who", "work_years_rule",
]  # fmt: skip

"""One wording for console, figures, disclosure and report: catalogues and number formatting.

Texts live in `en/*.toml` and `nb/*.toml`, one file per topic, with equal keys and equal placeholders.
A placeholder names how its number is shown (`{share:percent}`), so no caller formats numbers for a language.
"""

from ipscausal.language.catalogue import LANGUAGES, Catalogue, catalogue
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
from ipscausal.language.numbers import MISSING, WITHHELD, NumberStyle
from ipscausal.language.outcomes import outcome_definition, study_words

__all__ = [
    "LANGUAGES", "MISSING", "WITHHELD", "Catalogue", "NumberStyle", "benefit_of", "catalogue", "check_name",
    "check_sentence", "codes_told", "effect_period", "event_year", "flow_rule", "gathers_later_years",
    "outcome_definition", "specification_name", "study_words", "who", "work_years_rule",
]  # fmt: skip

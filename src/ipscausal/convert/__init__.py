"""CSV, SAS, SPSS and Stata files made into Parquet with the types of the contract, streamed piece by piece.

Nothing that looks like a code becomes a number unless the contract says that it is one; what cannot be read as
declared is counted and refused, and nothing of a value is ever said.
"""

from ipscausal.convert.choices import Choices
from ipscausal.convert.converting import Converted, convert, plan, require_writable

__all__ = ["Choices", "Converted", "convert", "plan", "require_writable"]

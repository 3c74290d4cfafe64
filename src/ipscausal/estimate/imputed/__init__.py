"""Estimators that predict untreated outcomes from untreated cells."""

from ipscausal.estimate.imputed.imputation import imputation
from ipscausal.estimate.imputed.pretrends import imputation_pretrends
from ipscausal.estimate.imputed.two_stage import two_stage

__all__ = ["imputation", "imputation_pretrends", "two_stage"]

"""A second opinion that differs ends `run` and `verify` with exit 1."""

from __future__ import annotations

import pytest

from ipscausal.cli.commands import _require_agreement
from ipscausal.errors import IpsError
from ipscausal.second_opinion import VerifyReport


def test_a_difference_is_an_error_and_no_opinion_is_none() -> None:
    nothing_compared = VerifyReport("workdays", 10, (), ("event study: no rows",))
    with pytest.raises(IpsError, match="differs") as raised:
        _require_agreement(nothing_compared)
    assert raised.value.exit_code == 1
    _require_agreement(None)

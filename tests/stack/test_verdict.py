# SPDX-License-Identifier: MIT
"""Scenarios that fill processors, on a machine that does nothing else (verdict_rounds.py)."""

import pytest

from scenarios import BY_COMPUTING
from verdict_rounds import ROUNDS, check, kept, watchers  # noqa: F401 (fixtures)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("scenario", BY_COMPUTING, ids=str)
def test_scenario(home, watchers, kept, isolated, scenario, round_):  # noqa: F811
    check(home, watchers, kept, scenario, round_)

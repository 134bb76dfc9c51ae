# SPDX-License-Identifier: MIT
"""Scenarios that leave the processors idle: others that do so may run beside them (verdict_rounds.py)."""

import pytest

from scenarios import BY_LACK, BY_WAITING
from verdict_rounds import ROUNDS, check, kept, watchers  # noqa: F401 (fixtures)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("scenario", BY_WAITING, ids=str)
def test_waiting_for_another(home, watchers, kept, isolated, scenario, round_):  # noqa: F811
    check(home, watchers, kept, scenario, round_)


@pytest.mark.parametrize("round_", ROUNDS)
@pytest.mark.parametrize("scenario", BY_LACK, ids=str)
def test_lack(home, watchers, kept, isolated, scenario, round_):  # noqa: F811
    check(home, watchers, kept, scenario, round_)

"""A small county, its plan and its draw."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sampling.draw import draw_sample
from sampling.frame import Frame, make_frame
from sampling.quota import plan_quota
from sampling.record import Draw, Plan
from sampling.survey_rules import SurveyRules, load_survey_rules
from tests.sampling.rosters import make_units

SEED = '宜州区 2026 it\'s a "seed"'


@pytest.fixture(scope="session")
def rules() -> SurveyRules:
    return load_survey_rules()


@pytest.fixture(scope="session")
def frame(rules: SurveyRules) -> Frame:
    return make_frame(make_units(), rules)


@pytest.fixture(scope="session")
def plan(frame: Frame, rules: SurveyRules) -> Plan:
    return plan_quota(frame, 80_000, rules, Fraction("0.0015"))


@pytest.fixture(scope="session")
def draw(frame: Frame, plan: Plan) -> Draw:
    return draw_sample(frame, plan, SEED)

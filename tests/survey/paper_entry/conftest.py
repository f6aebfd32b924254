"""The round in preparation that the sample's tests have, too."""

from tests.survey.samples.conftest import desk, round_id

__all__ = ["desk", "round_id"]

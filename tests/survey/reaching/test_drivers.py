"""Each driver against a service on the loopback that checks signatures and answers as they do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sampling.problems import Problem
from survey.reaching.drivers import (
    DRIVERS,
    OutcomeUnknownError,
    ServiceBusyError,
    TextRefusedError,
    make_driver,
)
from survey.settings import TextService, read_text_service
from tests.survey.reaching.service import BUSY, INVITATION, REMINDER, SECRET, Service, serve

PHONE = "13800008034"


@pytest.fixture
def service() -> Iterator[Service]:
    """The service."""
    with serve() as running:
        yield running


@pytest.fixture(params=list(DRIVERS))
def described(request: pytest.FixtureRequest, service: Service) -> TextService:
    """The settings of each driver."""
    pytest.importorskip(
        {
            "alibabacloud": "alibabacloud_dysmsapi20170525",
            "tencentcloud": "tencentcloud.sms",
        }[request.param]
    )
    return service.describe(request.param)


def test_a_text_goes_out_signed(service: Service, described: TextService) -> None:
    driver = make_driver(described)
    driver.send(PHONE, INVITATION, {"code": "23456789ABCDM"})
    driver.send(PHONE, REMINDER, {})
    assert service.texts == [
        (PHONE, INVITATION, {"code": "23456789ABCDM"}),
        (PHONE, REMINDER, {}),
    ]


def test_a_wrong_key_is_refused(service: Service, described: TextService) -> None:
    driver = make_driver(replace(described, secret="another"))
    with pytest.raises(TextRefusedError, match="Signature"):
        driver.send(PHONE, INVITATION, {"code": "x"})
    assert (service.texts, service.forged) == ([], 1)


def test_a_bad_number_is_refused_with_the_reason(described: TextService) -> None:
    with pytest.raises(TextRefusedError, match=r"MOBILE_NUMBER|PhoneNumber"):
        make_driver(described).send("13800008000", INVITATION, {"code": "x"})


def test_a_busy_service_sends_nothing(service: Service, described: TextService) -> None:
    service.busy = 1
    driver, phone = make_driver(described), PHONE[:-2] + BUSY
    with pytest.raises(ServiceBusyError):
        driver.send(phone, INVITATION, {"code": "x"})
    assert service.texts == []
    driver.send(phone, INVITATION, {"code": "x"})
    assert len(service.texts) == 1


def test_no_answer_is_unsure_and_not_sent_twice(service: Service, described: TextService) -> None:
    with pytest.raises(OutcomeUnknownError):
        make_driver(described).send("13800008011", INVITATION, {"code": "x"})
    assert len(service.texts) == 1


def test_no_service_is_unsure(described: TextService) -> None:
    with pytest.raises(OutcomeUnknownError):
        make_driver(replace(described, endpoint="http://127.0.0.1:1")).send(PHONE, REMINDER, {})


# The settings


GIVEN = {
    "RENKEDU_SMS": "tencentcloud",
    "RENKEDU_SMS_KEY_ID": "id",
    "RENKEDU_SMS_SECRET": SECRET,
    "RENKEDU_SMS_SIGNATURE": "宜州教体",
    "RENKEDU_SMS_INVITATION": "1",
    "RENKEDU_SMS_REMINDER": "2",
    "RENKEDU_SMS_APPLICATION": "3",
}


def test_settings_hide_the_secret() -> None:
    read = read_text_service(GIVEN)
    assert read is not None
    assert read.secret == SECRET
    assert SECRET not in repr(read)
    assert read_text_service({}) is None


@pytest.mark.parametrize("name", [name for name in GIVEN if name != "RENKEDU_SMS"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(Problem) as caught:
        read_text_service({**GIVEN, name: ""})
    assert caught.value.where == name


def test_an_unknown_driver_is_named() -> None:
    with pytest.raises(Problem, match="expected one of"):
        read_text_service({"RENKEDU_SMS": "pigeon"})

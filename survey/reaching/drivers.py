"""Services that send texts (短信): one small interface, each service behind its own package.

A driver sends one text and comes back, or raises what happened: refused for good, busy (try later),
or unsure, when nobody can say whether the text went out. Unsure is never tried again by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from sampling.problems import N_, Problem
from survey.settings import TextService


class TextRefusedError(Exception):
    """The service will not send this text; the code says why."""


class ServiceBusyError(Exception):
    """The service takes no more for now; nothing was sent."""


class OutcomeUnknownError(Exception):
    """No answer came: the text may have gone out."""


class Driver(Protocol):
    """Whoever sends texts."""

    def send(self, phone: str, template: str, values: Mapping[str, str]) -> None:
        """Send one text to a number (digits), from a template and what stands in it."""


class AlibabaDriver:
    """阿里云短信服务 through its own package (extra `alibabacloud`)."""

    def __init__(self, service: TextService) -> None:
        from alibabacloud_dysmsapi20170525.client import Client
        from alibabacloud_tea_openapi.utils_models import Config

        host, protocol = read_endpoint(service, "dysmsapi.aliyuncs.com")
        config = Config(
            access_key_id=service.key_id,
            access_key_secret=service.secret,
            endpoint=host,
            protocol=protocol,
        )
        self._client, self._service = Client(config), service

    def send(self, phone: str, template: str, values: Mapping[str, str]) -> None:
        """Send one text; the package's own repetition is off."""
        from alibabacloud_dysmsapi20170525.models import SendSmsRequest
        from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
        from darabonba.runtime import RuntimeOptions

        request = SendSmsRequest(
            phone_numbers=phone,
            sign_name=self._service.signature,
            template_code=template,
            template_param=json.dumps(dict(values)) if values else None,
        )
        milliseconds = int(self._service.timeout * 1000)
        options = RuntimeOptions(
            autoretry=False,
            max_attempts=1,
            connect_timeout=milliseconds,
            read_timeout=milliseconds,
        )
        try:
            code = self._client.send_sms_with_options(request, options).body.code
        except AlibabaCloudException as error:
            code = str(error.code)
            if (getattr(error, "status_code", None) or 0) >= 500 and "Throttling" not in code:
                raise OutcomeUnknownError(code) from error
        except Exception as error:  # whatever the transport raises: no answer was read
            raise OutcomeUnknownError(type(error).__name__) from None
        tell(code, "OK", ("Throttling", "isv.BUSINESS_LIMIT", "isv.DAY_LIMIT"))


class TencentDriver:
    """腾讯云短信 through its own package (extra `tencentcloud`)."""

    def __init__(self, service: TextService) -> None:
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile
        from tencentcloud.sms.v20210111.sms_client import SmsClient

        host, protocol = read_endpoint(service, "sms.tencentcloudapi.com")
        profile = ClientProfile(
            httpProfile=HttpProfile(
                protocol=protocol, endpoint=host, reqTimeout=int(service.timeout) or 1
            )
        )
        credential = Credential(service.key_id, service.secret)
        self._client, self._service = SmsClient(credential, "ap-guangzhou", profile), service

    def send(self, phone: str, template: str, values: Mapping[str, str]) -> None:
        """Send one text."""
        from tencentcloud.common.exception import TencentCloudSDKException
        from tencentcloud.sms.v20210111.models import SendSmsRequest

        request = SendSmsRequest()
        request.SmsSdkAppId = self._service.application
        request.SignName = self._service.signature
        request.TemplateId = template
        request.TemplateParamSet = list(values.values())
        request.PhoneNumberSet = [f"+86{phone}" if len(phone) == 11 else phone]
        try:
            code = self._client.SendSms(request).SendStatusSet[0].Code
        except TencentCloudSDKException as error:
            code = str(error.get_code())
            if code.startswith(("ClientNetworkError", "ServerNetworkError", "InternalError")):
                raise OutcomeUnknownError(code) from None
        except Exception as error:  # an answer that is none
            raise OutcomeUnknownError(type(error).__name__) from None
        tell(code, "Ok", ("RequestLimitExceeded", "LimitExceeded.DeliveryFrequencyLimit"))


def tell(code: str, good: str, busy: tuple[str, ...]) -> None:
    """Come back if a service's code says that the text went out, else raise what it says."""
    if code == good:
        return
    if code.startswith(busy):
        raise ServiceBusyError(code)
    raise TextRefusedError(code)


def read_endpoint(service: TextService, default: str) -> tuple[str, str]:
    """Return host and protocol of a service; https unless the settings say http://host."""
    parts = urlsplit(service.endpoint if "//" in service.endpoint else f"//{service.endpoint}")
    return parts.netloc or default, parts.scheme or "https"


DRIVERS: dict[str, Callable[[TextService], Driver]] = {
    "alibabacloud": AlibabaDriver,
    "tencentcloud": TencentDriver,
}


def make_driver(service: TextService) -> Driver:
    """Return the driver that the settings name; raise `Problem` if its package is missing."""
    try:
        return DRIVERS[service.driver](service)
    except ImportError as error:
        message = N_("the package for {driver} is not installed: pip install renkedu[{driver}]")
        raise Problem(message, where="RENKEDU_SMS", driver=service.driver) from error

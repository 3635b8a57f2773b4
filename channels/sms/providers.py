"""The providers that the settings name."""

from collections.abc import Mapping

from channels.sms.gateway import GatewayProvider
from channels.sms.provider import TextProvider
from channels.sms.settings import Account, GatewayAccount, SmsSettings, TwilioAccount
from channels.sms.twilio import TwilioProvider


def build_providers(settings: SmsSettings) -> Mapping[str, TextProvider]:
    """Return the providers by name; one account alone keeps the addresses it always had.

    Raises:
        ConfigError: a file that the settings name is wrong.
    """
    if not settings.providers:
        return {"twilio": TwilioProvider("twilio", settings.own_account, "twilio/sms", "sms")}
    return {name: _build(name, account) for name, account in settings.providers.items()}


def _build(name: str, account: Account) -> TextProvider:
    where = f"sms.providers.{name}"
    if isinstance(account, TwilioAccount):
        return TwilioProvider(name, account, f"twilio/sms/{name}", where)
    if isinstance(account, GatewayAccount):
        return GatewayProvider(name, account, f"gateway/{name}", where)
    from channels.sms.smpp import SmppProvider

    return SmppProvider(name, account, where)

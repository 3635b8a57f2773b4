"""What Twilio's refusals mean, in answers to requests and in callbacks (``config/codes``)."""

import json
from dataclasses import dataclass
from pathlib import Path

from channels._codes import Codes, Verdict, load_codes
from channels._http import pause_of
from warnbroker.errors import SendError

BAD_CALLBACK = "21609"


@dataclass(frozen=True, slots=True)
class TwilioErrors:
    """Judges by Twilio's error code, and where there is none by the status of the answer."""

    codes: Codes
    statuses: Codes

    @classmethod
    def load(cls, override: Path | None = None) -> "TwilioErrors":
        """Read the shipped tables, with an operator's rows before them.

        Raises:
            ConfigError: a file is wrong.
        """
        return cls(load_codes("twilio", override), load_codes("http"))

    def refusal(self, status: int, body: str, retry_after: str = "") -> SendError:
        """Return the error for an HTTP answer other than 2xx.

        A 5xx says nothing of whether the request was carried out, whatever code it holds
        (Twilio's page on error 20500); ``retry_after`` is the header.
        """
        code = _code(body)
        label = code or str(status)
        detail, pause = f"Twilio answered {status}, code {label}", pause_of(retry_after)
        return self._verdict(status, code).error(detail, label, pause)

    def failure(self, code: str) -> Verdict:
        """Return how an attempt ended that Twilio reports as failed with an error code."""
        reports = self.codes["reports"]
        return reports.listed(code) or self.codes["errors"].listed(code) or reports.of(code)

    def _verdict(self, status: int, code: str) -> Verdict:
        statuses = self.statuses["statuses"]
        if not 400 <= status < 500:
            return statuses.of(str(status))
        return self.codes["errors"].listed(code) or statuses.of(str(status))


def _code(body: str) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    code = answer.get("code") if isinstance(answer, dict) else None
    return str(code) if isinstance(code, int) else ""

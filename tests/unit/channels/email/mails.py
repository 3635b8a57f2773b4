"""Mails as they come back, in the forms that mail servers and people give them."""

import base64

ALERT = "abcdefghijklmnopqrstuvwxyz"
PATH = f"bounce+{ALERT}.42.3@bounce.city.example"
RETURNED = f"""From: warn@city.example
To: li@home.example
Subject: Red warning
Message-ID: <{ALERT}.42@city.example>
X-Warnbroker-Attempt: 3
"""


def lines(text: str, errors: str = "strict", charset: str = "utf-8") -> bytes:
    return text.replace("\n", "\r\n").encode(charset, errors)


def dsn(
    block: str,
    *,
    to: str = PATH,
    envelope: str = "",
    returned: str = RETURNED,
    kind: str = "message/delivery-status",
) -> bytes:
    own = f"Original-Envelope-Id: {envelope}\n" if envelope else ""
    return lines(f"""From: MAILER-DAEMON@relay.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: {kind}

Reporting-MTA: dns; relay.example
{own}Arrival-Date: Mon, 23 Nov 2026 16:42:31 +0000

{block}
--B
Content-Type: text/rfc822-headers

{returned}
--B--
""")


def failed(status: str, diagnostic: str = "", action: str = "failed", **more: str) -> bytes:
    said = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    block = f"Final-Recipient: rfc822; li@home.example\nAction: {action}\nStatus: {status}\n{said}"
    return dsn(block, **more)


def plain(
    subject: str, text: str, author: str = "MAILER-DAEMON@relay.example", **more: str
) -> bytes:
    headers = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in more.items())
    return lines(f"From: {author}\nSubject: {subject}\n{headers}\n{text}\n")


def complaint(kind: str = "abuse", path: str = PATH) -> bytes:
    return lines(f"""From: <fbl@home.example>
To: <abuse@city.example>
Subject: FW: Red warning
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: text/plain

This is an email abuse report.

--B
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{path}>
Original-Rcpt-To: <li@home.example>

--B
Content-Type: message/rfc822

{RETURNED}
Text.
--B--
""")


def as_base64(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()

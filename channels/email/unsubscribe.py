"""``/unsubscribe/email.…``: one click (RFC 8058) or one button, and no more such mail."""

from collections.abc import Mapping, Sequence
from html import escape

from aiohttp import web

from channels.email.seal import Seal
from warnbroker.contracts.channel import CallbackAnswer, Report, unheard
from warnbroker.contracts.inbound import Said, Wish
from warnbroker.errors import NotFoundError, StoreError
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.receipt import AttemptKey

PATH = r"/unsubscribe/{token:email\..+}"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}
_ASK = {
    "zh-CN": (
        "不再接收预警邮件？",
        "确认后，本地址不再收到本系统的邮件。短信、电话等其他方式不变。",
        "不再接收",
    ),
    "en": (
        "No more warnings by mail?",
        "Once you confirm, this address gets no more mail from us. Text messages, calls and "
        "other ways stay as they are.",
        "No more mail",
    ),
}
_DONE = {
    "zh-CN": ("已退订", "本地址不再收到本系统的邮件。请确认您能以其他方式收到预警。"),
    "en": (
        "You get no more mail",
        "This address gets no more mail from us. Make sure that warnings reach you another way.",
    ),
}
_UNKNOWN = {
    "zh-CN": (
        "未能退订",
        "系统中没有这封邮件的记录，因此无法确定要退订的地址。请直接回复该邮件，或联系发送单位。",
    ),
    "en": (
        "Nothing was changed",
        "We have no record of this mail, so we cannot tell which address to leave out. Please "
        "answer the mail, or ask whoever sent it.",
    ),
}
_FRAME = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>:root{{color-scheme:light dark}}body{{font:18px/1.5 system-ui,sans-serif;max-width:34em;
margin:0 auto;padding:1.5em 1em}}h1,h2{{font-size:1.4em;line-height:1.25}}
button{{font:inherit;font-weight:bold;padding:.6em 1.2em;border:0;border-radius:.3em;
background:#0b57d0;color:#fff}}</style></head>
<body><main>{body}</main></body></html>
"""


class UnsubscribePages:
    """Serves the links of ``List-Unsubscribe``; they work for whoever has the mail."""

    def __init__(self) -> None:
        self._seal: Seal | None = None
        self._report: Report = unheard

    def open(self, seal: Seal | None, report: Report) -> None:
        """Begin to answer; without a seal no link is ours."""
        self._seal, self._report = seal, report

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes."""
        return [web.get(PATH, self._ask), web.post(PATH, self._end)]

    async def _ask(self, request: web.Request) -> web.Response:
        """Show what the button does; looking changes nothing, for scanners follow links too."""
        self._key(request)
        parts = [
            f'<section lang="{language}"><{tag}>{title}</{tag}><p>{text}</p>'
            f'<form method="post"><button>{button}</button></form></section>'
            for tag, (language, (title, text, button)) in zip(
                ("h1", "h2"), _ASK.items(), strict=True
            )
        ]
        return _page("".join(parts), _ASK["zh-CN"][0])

    async def _end(self, request: web.Request) -> web.Response:
        """Hear the wish, and answer only once it is on record."""
        key = self._key(request)
        # No id: whoever has come back since may leave again by the same link.
        said = Said("email", "email", "", wish=Wish.STOP, key=key)
        try:
            answers = await self._report(CallbackAnswer(said=(said,)))
        except StoreError as error:
            log.error(Event.STEP_FAILED, step="unsubscribe", error=str(error))
            return web.Response(status=503, text="not now; try again", headers=_HEADERS)
        return _told(_DONE) if any(answers) else _told(_UNKNOWN, 404)

    def _key(self, request: web.Request) -> AttemptKey:
        key = self._seal.opened(request.match_info["token"]) if self._seal else None
        if key is None:
            raise NotFoundError("this link is not one of ours, or not complete")
        return key


def _told(words: Mapping[str, tuple[str, str]], status: int = 200) -> web.Response:
    parts = [
        f'<section lang="{language}"><{tag}>{title}</{tag}><p>{text}</p></section>'
        for tag, (language, (title, text)) in zip(("h1", "h2"), words.items(), strict=True)
    ]
    return _page("".join(parts), words["zh-CN"][0], status)


def _page(body: str, title: str, status: int = 200) -> web.Response:
    text = _FRAME.format(language="zh-CN", title=escape(title), body=body)
    return web.Response(status=status, text=text, content_type="text/html", headers=_HEADERS)

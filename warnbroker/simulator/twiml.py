"""What a call says and asks: the verbs of a TwiML document that the simulator carries out."""

from dataclasses import dataclass

from lxml import etree

from warnbroker.errors import UnreadableError


@dataclass(frozen=True, slots=True)
class Say:
    """Words spoken in a language."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """A sound file played."""

    url: str


@dataclass(frozen=True, slots=True)
class Redirect:
    """The call goes on with the document at this address."""

    url: str


@dataclass(frozen=True, slots=True)
class Gather:
    """Verbs during which a key may be pressed; a key goes to ``action``."""

    action: str
    verbs: tuple["Verb", ...]


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end of the call."""


Verb = Say | Play | Gather | Redirect | Hangup


def read_twiml(text: str) -> tuple[Verb, ...]:
    """Read a document; verbs that say and ask nothing, such as Pause, are left out.

    Raises:
        UnreadableError: it is not TwiML (Twilio's errors 12100 and 12102).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableError(f"12100: the TwiML is not XML: {error.msg}") from error
    if root.tag != "Response":
        raise UnreadableError("12102: the TwiML does not begin with Response")
    return _verbs(root)


def _verbs(parent: etree._Element) -> tuple[Verb, ...]:
    return tuple(verb for child in parent if (verb := _verb(child)) is not None)


def _verb(element: etree._Element) -> Verb | None:
    words = " ".join("".join(map(str, element.itertext())).split())
    match element.tag:
        case "Say":
            return Say(words, element.get("language", ""))
        case "Play":
            return Play(words)
        case "Redirect":
            return Redirect(words)
        case "Gather":
            return Gather(element.get("action", ""), _verbs(element))
        case "Hangup":
            return Hangup()
        case _:
            return None

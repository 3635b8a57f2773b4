"""What every channel asks once more before anything leaves it: is it real, and for whom?

A test code that one adapter did not know sent a real order to shelter to 4,281 people
(Kyotanabe, 2014). So the status is checked in every adapter, what is not known is not
sent, and a drill whose mark is missing in any part is refused.
"""

from collections.abc import Iterable

from warnbroker.errors import PermanentSendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.drill import is_marked
from warnbroker.model.message import Message
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import Reason
from warnbroker.model.standing import Standing


def check_publication(publication: Publication, *, everybody: bool = False) -> Standing:
    """Return an alert's standing if it may leave.

    ``everybody`` says that whoever can hear the channel hears it: a feed, a station, a van.

    Raises:
        PermanentSendError: it may not, or a text of a drill lacks its mark.
    """
    return _checked(Standing.of(publication.alert), publication.messages, everybody)


def check_delivery(delivery: Delivery, *, everybody: bool = False) -> Standing:
    """Return the standing of a delivery's alert if it may be sent.

    Raises:
        PermanentSendError: it may not, or a text of a drill lacks its mark.
    """
    return _checked(delivery.standing, (delivery.message,), everybody)


def _checked(standing: Standing | None, messages: Iterable[Message], everybody: bool) -> Standing:
    if standing is None:
        raise PermanentSendError(Reason.POLICY, "the status of the alert is not known")
    if not standing.is_sent:
        raise PermanentSendError(
            Reason.POLICY, f"{standing.status} and {standing.msg_type} reach no people"
        )
    if everybody and not standing.is_for_all:
        raise PermanentSendError(Reason.POLICY, "it is for a named list, not for everybody")
    if standing.is_drill:
        for message in messages:
            _require_mark(message)
    return standing


def _require_mark(message: Message) -> None:
    for name, text in message.parts.items():
        if text.strip() and not is_marked(text):
            raise PermanentSendError(Reason.UNMARKED, f"the part {name} lacks the drill's mark")

"""Which references of a message count, and what is said of those that do not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.alerts import alert, info, reference
from warnbroker.errors import AlertError, ForbiddenError
from warnbroker.intake.lineage import lineage_of, stated_reason
from warnbroker.model.alert import NamedValue
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.identity import alert_public_id
from warnbroker.model.record import AlertRecord, AlertState

NOW = datetime.now(UTC).replace(microsecond=0)
FIRST = alert("first", sent=NOW)


def record(message=FIRST, **kwargs):
    name = alert_public_id(message)
    values = {
        "id": 1, "public_id": name, "warning_id": name, "authority_id": 1, "issuer_id": 1,
        "sender": message.sender, "identifier": message.identifier, "sent": message.sent,
        "content_hash": b"", "msg_type": message.msg_type, "level": "red", "rank": 1,
        "state": AlertState.PLANNED, "reason": "", "document": b"", "received": b"",
        "content_type": "", "received_at": NOW, "expires": NOW + timedelta(hours=1),
        "status": message.status, "scope": message.scope,
    }  # fmt: skip
    return AlertRecord(**values | kwargs)


class Known:
    """The alerts that a ledger knows, each a warning of its own unless it says otherwise."""

    def __init__(self, *records):
        self.records = records

    async def same_identity(self, sender, identifier):
        named = (
            item for item in self.records if (item.sender, item.identifier) == (sender, identifier)
        )
        return next(named, None)

    async def chain(self, warning_id):
        return [
            item
            for item in self.records
            if item.warning_id == warning_id and item.state.is_released
        ]


def change(msg_type=MsgType.UPDATE, *named, **kwargs):
    return alert("second", msg_type, [reference(item) for item in named or (FIRST,)], **kwargs)


@pytest.mark.parametrize(
    ("earlier", "later", "rule"),
    [
        ({"sent": NOW - timedelta(minutes=1)}, {}, "lineage.sent"),
        ({"state": AlertState.PENDING}, {}, "lineage.pending"),
        ({"state": AlertState.HELD}, {}, "lineage.pending"),
        ({"state": AlertState.REJECTED}, {}, "lineage.unreleased"),
        ({"state": AlertState.WITHHELD}, {}, "lineage.unreleased"),
        ({"status": Status.EXERCISE}, {}, "lineage.status"),
        ({}, {"status": Status.EXERCISE}, "lineage.status"),
        ({"scope": Scope.PRIVATE}, {}, "lineage.scope"),
        ({"internal": True}, {}, "lineage.scope"),
        ({}, {"codes": ("warnbroker:internal",)}, "lineage.scope"),
        ({"expires": NOW - timedelta(minutes=1)}, {}, "lineage.expired"),
    ],
)
@pytest.mark.parametrize("msg_type", [MsgType.UPDATE, MsgType.CANCEL])
async def test_a_reference_that_does_not_count_is_refused_and_of_a_platform_noted(
    earlier, later, rule, msg_type
):
    known, message = Known(record(**earlier)), change(msg_type, **later)

    with pytest.raises(AlertError) as refused:
        await lineage_of(message, known, NOW)
    noted = await lineage_of(message, known, NOW, relayed=True)

    assert [fault.rule for fault in refused.value.faults] == [rule]
    assert all(fault.chinese for fault in refused.value.faults)
    assert [(fault.rule, fault.level) for fault in noted.faults] == [(rule, "warning")]
    assert noted.earlier == []
    assert noted.references == [alert_public_id(FIRST)]


async def test_a_strangers_alert_is_refused_and_of_a_platform_left_alone():
    stranger = replace(FIRST, sender="other@x.example")
    known, message = Known(record(stranger)), change(MsgType.CANCEL, stranger)

    with pytest.raises(ForbiddenError, match="may not change an alert of"):
        await lineage_of(message, known, NOW)
    noted = await lineage_of(message, known, NOW, relayed=True)

    assert [fault.rule for fault in noted.faults] == ["lineage.stranger"]
    assert noted.earlier == []


async def test_an_update_of_what_is_unknown_is_taken_with_a_warning_and_a_cancel_refused():
    update = await lineage_of(change(), Known(), NOW)
    with pytest.raises(AlertError) as refused:
        await lineage_of(change(MsgType.CANCEL), Known(), NOW)
    kept = await lineage_of(change(MsgType.CANCEL), Known(), NOW, relayed=True)

    assert [(fault.rule, fault.level) for fault in update.faults] == [
        ("lineage.unknown", "warning")
    ]
    assert update.warning_id == alert_public_id(update.alert)
    assert [fault.rule for fault in refused.value.faults] == ["lineage.unknown"]
    assert kept.references == [alert_public_id(FIRST)]


async def test_what_is_over_does_not_keep_a_change_from_what_holds():
    gone = alert("gone", sent=NOW)
    known = Known(
        record(),
        record(gone, id=2),
        record(alert("end", MsgType.CANCEL, sent=NOW), id=3, warning_id=alert_public_id(gone)),
    )

    lineage = await lineage_of(change(MsgType.CANCEL, FIRST, gone), known, NOW)

    assert [item.identifier for item in lineage.earlier] == ["first"]
    assert [fault.rule for fault in lineage.faults] == ["lineage.cancelled"]


@pytest.mark.parametrize("msg_type", [MsgType.ALERT, MsgType.ACK, MsgType.ERROR])
async def test_other_messages_change_nothing_of_what_they_name(msg_type):
    lineage = await lineage_of(change(msg_type), Known(record()), NOW)

    assert lineage.earlier == ()
    assert lineage.warning_id == alert_public_id(lineage.alert)
    assert lineage.references == [alert_public_id(FIRST)]


@pytest.mark.parametrize(
    ("given", "reason"), [((), ""), (("error",), "error"), (("lifted", "error"), "error")]
)
def test_a_cancel_says_why_by_a_parameter(given, reason):
    infos = [info(parameters=(NamedValue("warnbroker:reason", word),)) for word in given]

    assert stated_reason(change(MsgType.CANCEL, infos=infos)) == reason


def test_a_reason_that_there_is_not_is_refused():
    odd = info(parameters=(NamedValue("warnbroker:reason", "whim"),))

    with pytest.raises(AlertError, match=r"lineage\.reason: 'whim'"):
        stated_reason(change(MsgType.CANCEL, infos=[odd]))

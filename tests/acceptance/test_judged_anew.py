"""Something graver is released while a message is looked at: nobody ends it alone, unseen."""

import pytest

from tests.acceptance.bodies import cap, info, instant
from tests.acceptance.test_release import approve, house, look, posted, red  # noqa: F401  a fixture


def yellow(**head) -> str:
    return cap(info(severity="Moderate", headline=head["identifier"]), **head)


@pytest.fixture
def meanwhile(house, monkeypatch):  # noqa: F811  the fixture
    """Return a function that lets something happen between judging a message and writing it."""
    table = house.served.store.alerts
    write = table.accept

    def between(identifier, happens):
        pending = [happens]

        async def late(record, *args, **kwargs):
            if record.identifier == identifier and pending:
                await pending.pop()()
            return await write(record, *args, **kwargs)

        monkeypatch.setattr(table, "accept", late)

    return between


@pytest.fixture
async def begun(house):  # noqa: F811  the fixture
    """Return a yellow warning that is out, as others refer to it."""
    number = len(house.query("SELECT id FROM alert"))
    sent = instant(-2)
    reply = await house.post(yellow(identifier=f"mild-{number}", sent=sent))
    assert reply.status == 202, reply.body
    return f"warning@demo-harbour.example,mild-{number},{sent}"


@pytest.mark.parametrize("changed", ["Update", "Cancel"])
async def test_what_became_grave_while_it_was_looked_at_is_not_ended_alone(
    house,  # noqa: F811
    begun,
    meanwhile,
    changed,
):
    grave = await posted(house, msgType="Update", references=begun, headline=f"Grave {begun}")

    async def released():
        assert (await approve(house, grave)).status == 200

    meanwhile(f"late-{changed}", released)

    reply = await house.post(
        yellow(identifier=f"late-{changed}", msgType=changed, references=begun)
    )

    assert reply.status == 202, reply.body
    assert reply.json["state"] == "pending"
    assert (await look(house, grave))["state"] not in {"updated", "cancelled"}


async def test_a_message_that_changes_at_every_look_is_refused_and_can_be_posted_again(
    house,  # noqa: F811
    begun,
    monkeypatch,
):
    table = house.served.store.alerts
    write = table.accept
    others = []

    async def crowded(record, *args, **kwargs):
        if record.identifier == "never-first":
            name = f"faster-{len(others)}"
            others.append(name)
            body = yellow(identifier=name, msgType="Update", references=begun)
            assert (await house.post(body)).status == 202
        return await write(record, *args, **kwargs)

    monkeypatch.setattr(table, "accept", crowded)
    body = yellow(identifier="never-first", msgType="Update", references=begun)

    refused = await house.post(body)
    monkeypatch.undo()
    again = await house.post(body)

    assert refused.status == 409
    assert b"look again" in refused.body
    assert again.status == 202


async def test_an_approval_does_not_end_what_became_grave_while_it_waited(house, begun):  # noqa: F811
    first = await posted(house, msgType="Update", references=begun, headline=f"First {begun}")
    assert (await approve(house, first)).status == 200
    mild = await house.post(
        yellow(identifier=f"m{begun[-30:-26]}", msgType="Update", references=begun)
    )
    grave = await posted(house, msgType="Update", references=begun, headline=f"Worse {begun}")
    assert mild.json["state"] == "pending"
    assert (await approve(house, grave)).status == 200

    reply = await approve(house, mild.json["id"])

    assert reply.status == 409
    assert reply.rules == ["release.graver"]
    assert grave in reply.json["errors"][0]["message"]
    assert (await look(house, grave))["state"] not in {"updated", "cancelled"}

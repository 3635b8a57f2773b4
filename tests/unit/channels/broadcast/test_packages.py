"""What lies in a station's folder after a send."""

import hashlib
import json
import subprocess
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from warnbroker.errors import PermanentSendError, TemporarySendError
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.message import MessageKind
from warnbroker.model.receipt import Reason, State


async def sent(channel, publication, delivery):
    await channel.prepare(publication)
    return await channel.send(delivery)


def package_of(root: Path, station: str = "radio") -> Path:
    (package,) = (root / station / "incoming").iterdir()
    return package


def properties(text: str) -> dict[str, str]:
    """Read key=value lines by the rules of java.util.Properties (its own decoder, no sharing)."""
    pairs = {}
    for line in text.split("\n"):
        if not line:
            continue
        key, _, raw = line.partition("=")
        value, chars = "", iter(raw)
        for char in chars:
            if char != "\\":
                value += char
                continue
            escaped = next(chars)
            if escaped == "u":
                value += chr(int("".join(next(chars) for _ in range(4)), 16))
            else:
                value += {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}.get(escaped, escaped)
        pairs[key] = value
    return pairs


async def test_a_package_appears_whole_and_counts_as_handed_off(
    opened, publication, delivery, root
):
    channel, alert = await opened(), publication()

    receipt = await sent(channel, alert, delivery(alert))

    package = package_of(root)
    assert receipt.state is State.HANDED_OFF
    assert receipt.provider_ref == package.name
    assert {path.name for path in package.iterdir()} == {
        "alert.cap.xml",
        "crawl.zh-CN.txt",
        "crawl.en-US.txt",
        "script.zh-CN.txt",
        "script.en-US.txt",
        "event.properties",
        "manifest.json",
        "SHA256SUMS",
    }
    assert (package / "alert.cap.xml").read_bytes() == alert.cap
    assert list((root / "radio" / ".staging").iterdir()) == []


async def test_sha256sum_agrees_with_every_file(opened, publication, delivery, root):
    channel, alert = await opened(), publication()

    await sent(channel, alert, delivery(alert))

    package = package_of(root)
    check = subprocess.run(
        ["/usr/bin/sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=package, check=False
    )
    listed = (package / "SHA256SUMS").read_text("utf-8").split()[1::2]
    assert check.returncode == 0
    assert sorted(listed) == sorted({p.name for p in package.iterdir()} - {"SHA256SUMS"})


async def test_the_name_says_time_alert_version_and_kind(opened, publication, delivery, root):
    channel, alert = await opened(), publication()

    await sent(channel, alert, delivery(alert))

    assert package_of(root).name == f"20261123T001000Z_{alert.id}_v01_alert"


async def test_the_manifest_names_every_file_with_its_size_and_digest(
    opened, publication, delivery, root
):
    channel, alert = await opened(), publication()

    await sent(channel, alert, delivery(alert))

    package = package_of(root)
    manifest = json.loads((package / "manifest.json").read_bytes())
    others = {p.name for p in package.iterdir()} - {"manifest.json", "SHA256SUMS"}
    assert {entry["name"] for entry in manifest["files"]} == others
    for entry in manifest["files"]:
        data = (package / entry["name"]).read_bytes()
        assert entry["size"] == len(data)
        assert entry["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["package"] == package.name
    assert manifest["alert"] == alert.id
    assert manifest["kind"] == "alert"
    assert manifest["station"]["id"] == "radio"
    assert manifest["level"]["code"] == "red"
    assert manifest["expires"] == "2026-11-23T06:15:00Z"


async def test_the_manifest_says_why_a_language_has_no_sound(opened, publication, delivery, root):
    channel, alert = await opened(), publication()

    await sent(channel, alert, delivery(alert, "radio"))
    await sent(channel, alert, delivery(alert, "tv"))

    radio = json.loads((package_of(root, "radio") / "manifest.json").read_bytes())
    television = json.loads((package_of(root, "tv") / "manifest.json").read_bytes())
    assert [lang["no_audio_because"] for lang in radio["languages"]] == [
        "speech is switched off"
    ] * 2
    assert television["languages"][0]["no_audio_because"] == "the station takes no sound"


async def test_a_station_gets_its_own_languages_in_its_order(opened, publication, delivery, root):
    channel, alert = await opened(), publication()

    await sent(channel, alert, delivery(alert, "radio"))
    await sent(channel, alert, delivery(alert, "tv"))

    radio = json.loads((package_of(root, "radio") / "manifest.json").read_bytes())
    assert [entry["language"] for entry in radio["languages"]] == ["zh-CN", "en-US"]
    assert not (package_of(root, "tv") / "crawl.zh-CN.txt").exists()


async def test_an_alert_in_none_of_its_languages_still_reaches_a_station(
    opened, publication, delivery, told, root
):
    chinese_only = publication(told=told(MessageKind.ALERT)[:1])
    channel = await opened()

    await sent(channel, chinese_only, delivery(chinese_only, "tv"))

    assert (package_of(root, "tv") / "crawl.zh-CN.txt").exists()


async def test_a_crawl_is_one_composed_line_within_the_stations_length(
    opened, publication, delivery, told, root
):
    dirty = [
        replace(m, parts={"crawl": "e\u0301 \n\n tab\there \u202e" + "word " * 400, "script": "s"})
        for m in told(MessageKind.ALERT)
    ]
    channel, alert = await opened(), publication(told=dirty)

    await sent(channel, alert, delivery(alert, "tv"))

    crawl = (package_of(root, "tv") / "crawl.en-US.txt").read_text("utf-8")
    assert crawl.startswith("é tab here word word ")
    assert unicodedata.is_normalized("NFC", crawl)
    assert len(crawl) <= 200
    assert crawl.endswith("word ***")
    assert "\n" not in crawl


async def test_a_crawl_that_is_cut_still_says_what_to_do_and_until_when(
    opened, publication, delivery, told, root
):
    alert = publication()
    alert = replace(
        alert,
        messages=[
            replace(m, parts={"crawl": f"{m.parts['crawl']} Valid until 08:10.", "script": "s"})
            for m in told(MessageKind.ALERT)
        ],
    )
    channel = await opened()

    await sent(channel, alert, delivery(alert, "tv"))

    package = package_of(root, "tv")
    crawl = (package / "crawl.en-US.txt").read_text("utf-8")
    manifest = json.loads((package / "manifest.json").read_bytes())
    assert "***" in crawl
    assert "Go north on foot now." in crawl
    assert crawl.endswith("Valid until 08:10.")
    assert manifest["languages"][0]["crawl_complete"] is False


async def test_the_properties_read_back_as_what_the_alert_says(opened, publication, delivery, root):
    alert = publication()
    hostile = "C:\\quay = #1!\nlevel=blue\r\u2028 end"
    infos = tuple(replace(info, headline=hostile) for info in alert.alert.infos)
    alert = replace(alert, groups=(replace(alert.groups[0], infos=infos),))
    channel = await opened()

    await sent(channel, alert, delivery(alert))

    text = (package_of(root) / "event.properties").read_text("utf-8")
    pairs = properties(text)
    assert pairs["headline.en-US"] == hostile
    assert pairs["level"] == "red"
    assert pairs["event_code.hazard"] == "storm-surge"
    assert pairs["crawl.zh-CN"].startswith("示范港市应急管理局")
    assert pairs["crawl_file.zh-CN"] == "crawl.zh-CN.txt"
    assert len(text.splitlines()) == text.count("\n")


async def test_a_language_tag_cannot_lead_out_of_the_package(
    opened, publication, delivery, told, root
):
    evil = [replace(told(MessageKind.ALERT)[0], language="../../../evil")]
    channel, alert = await opened(), publication(told=evil)

    await sent(channel, alert, delivery(alert))

    assert (package_of(root) / "crawl._________evil.txt").is_file()


async def test_an_update_is_a_new_package_that_names_the_old_one(
    opened, publication, delivery, told, root
):
    first = publication()
    update = publication(
        identifier="surge-2",
        msg_type=MsgType.UPDATE,
        told=told(MessageKind.UPDATE),
        supersedes=(first.id,),
    )
    channel = await opened()
    old = (await sent(channel, first, delivery(first))).provider_ref
    before = {p: p.read_bytes() for p in (root / "radio" / "incoming" / old).iterdir()}

    new = (await sent(channel, update, delivery(update, delivery=8))).provider_ref

    manifest = json.loads((root / "radio" / "incoming" / new / "manifest.json").read_bytes())
    assert new.endswith("_v02_update")
    assert manifest["supersedes"] == [old]
    assert {p: p.read_bytes() for p in before} == before


async def test_a_cancel_is_a_package_too(opened, publication, delivery, told, root):
    first = publication()
    cancel = publication(
        identifier="surge-2",
        msg_type=MsgType.CANCEL,
        told=told(MessageKind.CANCEL),
        supersedes=(first.id,),
    )
    channel = await opened()

    receipt = await sent(channel, cancel, delivery(cancel))

    manifest = json.loads((package_of(root) / "manifest.json").read_bytes())
    assert receipt.provider_ref.endswith("_v02_cancel")
    assert manifest["kind"] == "cancel"
    assert manifest["supersedes_alerts"] == [first.id]


async def test_a_station_that_is_no_longer_concerned_is_told_so(
    opened, publication, delivery, told, root
):
    outside = tuple(
        replace(m, parts={"crawl": "不再受影响", "script": "不再受影响"})
        for m in told(MessageKind.OUTSIDE)
    )
    update = publication(msg_type=MsgType.UPDATE, told=told(MessageKind.UPDATE) + outside)
    channel = await opened()
    await channel.prepare(update)

    await channel.send(structs.replace(delivery(update), message=outside[0]))

    package = package_of(root)
    assert (package / "crawl.zh-CN.txt").read_text("utf-8") == "不再受影响"
    assert json.loads((package / "manifest.json").read_bytes())["in_area"] is False


async def test_a_second_attempt_finds_the_first_ones_package(opened, publication, delivery, root):
    channel, alert = await opened(), publication()
    first = await sent(channel, alert, delivery(alert))
    stamp = package_of(root).stat().st_mtime_ns

    again = await sent(await opened(), alert, delivery(alert, attempt=2))

    assert again == first
    assert package_of(root).stat().st_mtime_ns == stamp


async def test_another_package_of_that_name_is_left_alone(opened, publication, delivery, root):
    channel, alert = await opened(), publication()
    await sent(channel, alert, delivery(alert))
    crawl = package_of(root) / "crawl.zh-CN.txt"
    crawl.write_text("别的内容", "utf-8")

    with pytest.raises(PermanentSendError) as raised:
        await sent(channel, alert, delivery(alert, attempt=2))

    assert raised.value.reason is Reason.CONTENT
    assert crawl.read_text("utf-8") == "别的内容"


async def test_only_stations_heard_in_the_area_are_recipients(opened, publication):
    channel = await opened()

    everywhere = channel.targets(publication(regions=("city", "seafront")))
    elsewhere = channel.targets(publication(regions=("city", "gardens")))

    assert [target.id for target in everywhere] == ["radio", "tv"]
    assert [target.id for target in elsewhere] == ["radio"]


@pytest.mark.parametrize(
    "given",
    [{"status": Status.SYSTEM}, {"status": Status.DRAFT}, {"msg_type": MsgType.ACK}]
    + [{"scope": s} for s in Scope if s is not Scope.PUBLIC],
)
async def test_what_is_not_for_everybody_reaches_no_station(opened, publication, given, root):
    channel, alert = await opened(), publication(**given)

    with pytest.raises(PermanentSendError) as raised:
        await channel.prepare(alert)

    assert channel.targets(alert) == ()
    assert raised.value.reason is Reason.POLICY


async def test_nothing_is_dropped_after_it_expired(opened, publication, delivery, clock, root):
    channel, alert = await opened(), publication()
    await channel.prepare(alert)
    clock.at = alert.expires

    with pytest.raises(PermanentSendError) as raised:
        await channel.send(delivery(alert))

    assert raised.value.reason is Reason.EXPIRED
    assert list((root / "radio" / "incoming").iterdir()) == []


async def test_an_expired_alert_is_forgotten(opened, publication, delivery, clock):
    channel, alert = await opened(), publication()
    await channel.prepare(alert)
    clock.at = alert.expires + timedelta(seconds=1)

    await channel.prepare(publication(identifier="surge-9"))

    with pytest.raises(TemporarySendError):
        await channel.send(structs.replace(delivery(alert), expires=clock.at + timedelta(hours=1)))


async def test_an_unknown_station_is_a_permanent_failure(opened, publication, delivery):
    channel, alert = await opened(), publication()
    await channel.prepare(alert)

    with pytest.raises(PermanentSendError) as raised:
        await channel.send(delivery(alert, "no-such-station"))

    assert raised.value.reason is Reason.RECIPIENT


async def test_a_folder_that_cannot_be_written_is_tried_again(opened, publication, delivery, root):
    channel, alert = await opened(), publication()
    await channel.prepare(alert)
    staging = root / "radio" / ".staging"
    staging.rmdir()
    staging.write_text("in the way")

    with pytest.raises(TemporarySendError) as raised:
        await channel.send(delivery(alert))

    assert raised.value.reason is Reason.UNREACHABLE
    assert str(root) not in str(raised.value)


async def test_a_lost_outcome_is_found_in_the_folder(opened, publication, delivery, root):
    channel, alert = await opened(), publication()
    before = await channel.look_up(delivery(alert), alert.published)
    await sent(channel, alert, delivery(alert))

    found = await (await opened()).look_up(delivery(alert), alert.published)

    assert before is None
    assert found is not None
    assert found.state is State.HANDED_OFF
    assert found.provider_ref == package_of(root).name


async def test_no_station_has_the_lookup_of_another_delivery(opened, publication, delivery):
    channel, alert = await opened(), publication()
    await sent(channel, alert, delivery(alert, delivery=7))

    assert await channel.look_up(delivery(alert, delivery=8), alert.published) is None
    assert await channel.look_up(delivery(alert, "tv"), alert.published) is None

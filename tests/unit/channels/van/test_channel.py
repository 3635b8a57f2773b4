"""The channel: plans and sheets in a real folder, printed by the real printer."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from shapely import box

from channels.van import VanChannel
from channels.van.files import read_plan, write_sheets
from channels.van.model import Kind, Note
from warnbroker.errors import ConfigError, PermanentSendError, TemporarySendError
from warnbroker.model.drill import with_mark
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import Reason, State
from warnbroker.resources import shipped

SUFFIXES = [".csv", ".geojson", ".gpx", ".pdf"]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_van_of_the_fleet_is_a_recipient(settings, make_publication):
    targets = VanChannel(settings).targets(make_publication())

    assert [target.id for target in targets] == ["van-1", "van-2", "van-3"]
    assert {target.language for target in targets} == {"zh-CN"}


@pytest.mark.parametrize(
    ("status", "scope"),
    [
        (Status.SYSTEM, Scope.PUBLIC),
        (Status.DRAFT, Scope.PUBLIC),
        (Status.ACTUAL, Scope.RESTRICTED),
        (Status.ACTUAL, Scope.PRIVATE),
    ],
)
async def test_what_is_not_for_the_public_reaches_no_street(
    opened, make_publication, status, scope
):
    channel = (await opened()).channel
    publication = make_publication(status=status, scope=scope)

    assert channel.targets(publication) == ()
    with pytest.raises(PermanentSendError) as raised:
        await channel.prepare(publication)
    assert raised.value.reason is Reason.POLICY


async def test_a_sheet_that_lies_there_is_handed_off_and_no_more(
    opened, settings, make_publication, make_delivery
):
    channel, publication = (await opened()).channel, make_publication()
    await channel.prepare(publication)

    receipt = await channel.send(make_delivery(publication, "van-1"))

    folder = settings.directory / publication.id
    assert receipt.state is State.HANDED_OFF
    assert (receipt.provider, receipt.provider_ref, receipt.code) == ("van", "van-1-r1", "")
    sheets = [f"van-1-r1{suffix}" for suffix in SUFFIXES]
    assert files(folder) == ["plan.json", "routes.json", *sheets]
    assert (folder / "van-1-r1.pdf").read_bytes().startswith(b"%PDF-")


async def test_preparing_again_keeps_the_plan_that_crews_may_already_hold(
    opened, settings, make_publication
):
    publication = make_publication()
    path = settings.directory / publication.id / "routes.json"
    await (await opened()).channel.prepare(publication)
    before = path.stat().st_mtime_ns, path.read_bytes()

    await (await opened(seconds=0.5)).channel.prepare(publication)

    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


async def test_a_plan_made_late_starts_late(opened, settings, make_publication):
    van, publication = await opened(), make_publication()
    van.clock.at += timedelta(minutes=20)

    await van.channel.prepare(publication)

    plan = read_plan(publication.id, settings.directory)
    assert plan.start == van.clock.at
    assert all(row.begin >= van.clock.at for part in plan.vans for row in part.rows)
    assert plan.deadline == publication.published + timedelta(minutes=50)


async def test_a_broken_plan_is_made_anew(opened, settings, make_publication):
    channel, publication = (await opened()).channel, make_publication()
    path = settings.directory / publication.id / "routes.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"version": 1')

    await channel.prepare(publication)

    assert read_plan(publication.id, settings.directory).vans


@pytest.mark.usefixtures("no_printer")
async def test_a_sheet_sent_twice_is_the_same_sheet(
    opened, settings, make_publication, make_delivery
):
    channel, publication = (await opened()).channel, make_publication()
    await channel.prepare(publication)
    delivery = make_delivery(publication, "van-2")

    first = await channel.send(delivery)
    kept = (settings.directory / publication.id / "van-2-r1.gpx").read_bytes()
    second = await channel.send(delivery)

    assert first == second
    assert (settings.directory / publication.id / "van-2-r1.gpx").read_bytes() == kept


@pytest.mark.usefixtures("no_printer")
async def test_a_lost_outcome_is_found_in_the_folder(opened, make_publication, make_delivery):
    channel, publication = (await opened()).channel, make_publication()
    await channel.prepare(publication)
    delivery = make_delivery(publication, "van-1")

    before = await channel.look_up(delivery, publication.published)
    receipt = await channel.send(delivery)

    assert before is None
    assert await channel.look_up(delivery, publication.published) == receipt


@pytest.mark.usefixtures("no_printer")
async def test_an_update_is_the_next_revision(opened, settings, make_publication, make_delivery):
    channel, first = (await opened()).channel, make_publication()
    await channel.prepare(first)
    update = make_publication(identifier="surge-2", msg_type=MsgType.UPDATE, supersedes=(first.id,))

    await channel.prepare(update)

    receipt = await channel.send(make_delivery(update, "van-1"))
    briefing = read_plan(update.id, settings.directory).briefing
    assert receipt.provider_ref == "van-1-r2"
    assert (briefing.kind, briefing.revision, briefing.replaces) == (Kind.UPDATE, 2, (first.id,))


@pytest.mark.usefixtures("no_printer")
async def test_a_cancel_stops_every_van(opened, settings, make_publication, make_delivery):
    channel, first = (await opened()).channel, make_publication()
    await channel.prepare(first)
    cancel = make_publication(identifier="surge-3", msg_type=MsgType.CANCEL, supersedes=(first.id,))

    await channel.prepare(cancel)

    receipt = await channel.send(make_delivery(cancel, "van-3"))
    plan = read_plan(cancel.id, settings.directory)
    assert receipt.provider_ref == "van-3-r2"
    assert [(van.van.id, van.rows) for van in plan.vans] == [
        (target.id, ()) for target in channel.targets(cancel)
    ]


async def test_people_who_are_now_outside_are_not_what_the_streets_inside_hear(
    opened, settings, make_publication, make_messages
):
    outside = Message(9, "van", "en", MessageKind.OUTSIDE, 0, {"script": "You are outside now."})
    publication = make_publication(messages=(*make_messages(MessageKind.UPDATE), outside))

    await (await opened()).channel.prepare(publication)

    scripts = read_plan(publication.id, settings.directory).briefing.scripts
    assert list(scripts) == ["zh-CN", "en"]
    assert "outside" not in scripts["en"]


async def test_without_population_vans_are_still_routed(
    opened, settings, tmp_path, make_publication
):
    channel, publication = (
        (await opened(population=tmp_path / "none.csv")).channel,
        make_publication(),
    )

    await channel.prepare(publication)

    plan = read_plan(publication.id, settings.directory)
    assert all(van.announced and Note.POPULATION_UNKNOWN in van.notes for van in plan.vans)


@pytest.mark.usefixtures("no_printer")
async def test_an_area_without_streets_still_makes_a_sheet_that_says_so(
    opened, settings, make_publication, make_delivery
):
    channel = (await opened()).channel
    publication = make_publication(area=box(25.1, 60.1, 25.11, 60.11))
    await channel.prepare(publication)

    receipt = await channel.send(make_delivery(publication, "van-1"))

    assert receipt.state is State.HANDED_OFF
    plan = read_plan(publication.id, settings.directory)
    assert {van.notes for van in plan.vans} == {(Note.NO_STREETS,)}


@pytest.mark.usefixtures("no_printer")
async def test_a_machine_without_pdf_printer_keeps_the_page_and_the_data(
    opened, settings, make_publication, make_delivery
):
    channel, publication = (await opened()).channel, make_publication()
    await channel.prepare(publication)

    receipt = await channel.send(make_delivery(publication, "van-1"))

    names = files(settings.directory / publication.id)
    assert (receipt.state, receipt.code) == (State.HANDED_OFF, "html")
    assert [name for name in names if name.startswith("van")] == [
        f"van-1-r1{suffix}" for suffix in (".csv", ".geojson", ".gpx", ".html")
    ]


async def test_a_printer_that_breaks_down_is_tried_again(
    opened, settings, make_publication, make_delivery, put_printer
):
    channel, publication = (await opened()).channel, make_publication()
    await channel.prepare(publication)
    put_printer("def HTML(filename): raise MemoryError('too much')")

    with pytest.raises(TemporarySendError, match="too much"):
        await channel.send(make_delivery(publication, "van-1"))

    assert "van-1-r1.html" in files(settings.directory / publication.id)


def test_a_fleet_that_is_missing_stops_the_start_with_its_name(settings, tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        VanChannel(settings.model_copy(update={"fleet": tmp_path / "none.yaml"}))


def test_unknown_settings_are_refused(settings):
    with pytest.raises(ValueError, match="radious"):
        VanChannel.Settings(**settings.model_dump(), radious=3)


def test_missing_files_and_a_closed_folder_are_named_before_anything_is_sent(settings, tmp_path):
    closed = tmp_path / "file"
    closed.write_text("no folder")
    changes = {
        "roads": tmp_path / "r.pbf",
        "population": tmp_path / "p.csv",
        "directory": closed / "v",
    }

    faults = VanChannel(settings.model_copy(update=changes)).faults()

    for name in ("channels.van.roads", "channels.van.population", "channels.van.directory"):
        assert sum(fault.startswith(name) for fault in faults) == 1


def test_a_complete_machine_has_no_faults_of_its_own(settings):
    files = ("channels.van.roads", "channels.van.population", "channels.van.directory")

    assert not [f for f in VanChannel(settings).faults() if f.startswith(files)]


def test_sheets_can_be_made_without_a_broker(plan, tmp_path):
    plan = plan.model_copy(update={"vans": plan.vans[:1]})

    paths = write_sheets(plan, tmp_path)

    assert not [name for name in files(tmp_path / plan.alert) if name.startswith(".")]

    names = [path.relative_to(tmp_path).as_posix() for path in paths]
    assert names[0] == f"{plan.alert}/plan.json"
    assert sorted(names[1:]) == sorted(f"{plan.alert}/van-1-r1{suffix}" for suffix in SUFFIXES)
    assert all(path.stat().st_size for path in paths)


async def test_a_drill_is_prepared_as_a_drill(opened, settings, make_publication):
    publication = drill(make_publication(status=Status.EXERCISE))

    await (await opened()).channel.prepare(publication)

    briefing = read_plan(publication.id, settings.directory).briefing
    assert briefing.drill
    assert briefing.headlines["zh-CN"].startswith("【演练】")
    assert briefing.headlines["en-US"].startswith("[EXERCISE] ")


@pytest.mark.usefixtures("no_printer")
@pytest.mark.parametrize("status", [Status.EXERCISE, Status.TEST])
async def test_every_file_of_a_drill_says_so(
    opened, settings, make_publication, make_delivery, status
):
    publication = drill(make_publication(status=status))
    channel = (await opened()).channel
    await channel.prepare(publication)

    receipt = await channel.send(make_delivery(publication, "van-1"))

    folder = settings.directory / publication.id
    names = sorted(path.name for path in folder.iterdir())
    assert [n for n in names if n.startswith("DRILL-")] == [
        f"DRILL-van-1-r1.{kind}" for kind in ("csv", "geojson", "gpx", "html")
    ]
    assert set(names) - {"plan.json", "routes.json"} == {n for n in names if "DRILL-" in n}
    page = (folder / "DRILL-van-1-r1.html").read_text()
    assert page.count("EXERCISE · NOT A REAL WARNING") == 2
    assert f"WARN|{publication.id}" not in page
    assert json.loads((folder / "plan.json").read_text())["drill"] is True
    assert "<name>DRILL van-1" in (folder / "DRILL-van-1-r1.gpx").read_text()
    assert receipt.state is State.HANDED_OFF
    assert (
        await channel.look_up(make_delivery(publication, "van-1"), datetime.now(UTC))
    ) is not None


async def test_a_plan_that_does_not_say_drill_is_no_sheet_of_one(
    opened, settings, make_publication, make_delivery
):
    publication = drill(make_publication(status=Status.EXERCISE))
    channel = (await opened()).channel
    await channel.prepare(publication)
    routes = settings.directory / publication.id / "routes.json"
    routes.write_text(routes.read_text().replace('"drill":true', '"drill":false'))

    with pytest.raises(PermanentSendError) as raised:
        await channel.send(make_delivery(publication, "van-1"))

    assert raised.value.reason is Reason.UNMARKED
    assert not list(routes.parent.glob("*van-1*"))


def drill(publication):
    """Return a publication whose texts are marked as the renderer marks them."""
    marked = (
        replace(item, parts={name: with_mark(t, item.language) for name, t in item.parts.items()})
        for item in publication.messages
    )
    return replace(publication, messages=tuple(marked))


async def test_a_hazard_that_is_already_here_is_said_on_the_sheet(
    opened, settings, make_publication
):
    given = make_publication()
    infos = tuple(replace(i, onset=given.published - timedelta(hours=1)) for i in given.alert.infos)
    publication = replace(given, alert=replace(given.alert, infos=infos))

    await (await opened()).channel.prepare(publication)

    plan = read_plan(publication.id, settings.directory)
    assert all(Note.HAZARD_PRESENT in van.notes for van in plan.vans)
    assert plan.deadline == publication.published + timedelta(minutes=35)


def test_the_shipped_roads_credit_openstreetmap():
    notice = (shipped("config") / "roads.NOTICE.md").read_text(encoding="utf-8")

    assert "© OpenStreetMap contributors" in notice
    assert "Open Database License" in notice

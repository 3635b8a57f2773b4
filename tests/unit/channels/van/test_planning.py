"""Plans for every situation, also those in which nothing can be planned."""

import json
from datetime import timedelta

import pytest
from shapely import box

from channels.van.fleet import Fleet, Start, Van
from channels.van.model import Kind, Note, Plan
from channels.van.planning import make_plan
from channels.van.request import FALLBACK, deadline_for
from channels.van.summary import summary
from warnbroker.errors import FileError

MINUTE = timedelta(minutes=1)
LEAD = 10 * MINUTE


def test_the_same_request_gives_the_same_plan(plan, request_):
    assert make_plan(request_) == plan


def test_a_plan_survives_its_file(plan):
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_the_summary_names_people_and_each_vans_work(plan):
    told = summary(plan)

    assert told["people"]["reached"] == plan.reached
    assert set(told["vans"]) == {"van-1", "van-2", "van-3"}
    assert sum(van["people"] for van in told["vans"].values()) == pytest.approx(plan.reached)
    assert all(len(van["route"]) == van["streets"] for van in told["vans"].values())
    assert json.loads(json.dumps(told)) == told


def test_a_cancel_plans_no_route_for_any_van(stop_plan):
    assert [van.rows for van in stop_plan.vans] == [(), (), ()]
    assert stop_plan.briefing.kind is Kind.CANCEL


def test_an_area_without_streets_gives_every_van_a_sheet_that_says_so(make_request):
    plan = make_plan(make_request(area=box(25.10, 60.10, 25.11, 60.11)))

    assert [(van.rows, van.notes) for van in plan.vans] == [((), (Note.NO_STREETS,))] * 3


def test_a_deadline_too_near_for_any_street_is_said(make_request, request_):
    plan = make_plan(make_request(deadline=request_.start + 3 * MINUTE))

    assert [van.notes for van in plan.vans] == [(Note.NO_TIME,)] * 3


def test_a_van_that_the_others_leave_no_work_for_stands_by(make_request, one_van):
    corner = box(24.9378, 60.1655, 24.9390, 60.1664)
    near = one_van.vans[0].model_copy(update={"start": Start(lat=60.1660, lon=24.9385)})
    far = Van(id="far", start=Start(lat=60.1780, lon=24.9510))

    plan = make_plan(make_request(area=corner, fleet=Fleet(vans=(near, far)), population=None))

    assert plan.of("van-1").announced
    assert Note.NO_WORK in plan.of("far").notes


def test_without_population_every_street_counts_alike_and_no_people_are_claimed(make_request):
    plan = make_plan(make_request(population=None))

    assert plan.people_source == "streets"
    assert (plan.total, plan.reached, sum(van.people for van in plan.vans)) == (0, 0, 0)
    assert all(van.announced and Note.POPULATION_UNKNOWN in van.notes for van in plan.vans)


def test_a_population_without_anyone_in_the_area_counts_as_none(make_request, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("lat,lon,people\n10,10,500\n")

    assert make_plan(make_request(population=path)).people_source == "streets"


def test_the_smaller_the_radius_the_fewer_people_are_claimed(make_request, plan):
    windy = make_plan(make_request(radius=70))

    assert all(van.half_width <= 70 for van in windy.vans)
    assert windy.reached < plan.reached


def test_a_long_text_lowers_the_speed_and_the_sheet_says_so(make_request):
    plan = make_plan(make_request(message_seconds=60))

    assert all(van.kmh < van.van.announcing_kmh for van in plan.vans)
    assert all(Note.SPEED_LOWERED in van.notes for van in plan.vans)


def test_a_shift_that_ends_early_ends_the_route(make_request, request_):
    vans = [van.model_copy(update={"shift_end_minutes": 8}) for van in request_.fleet.vans]

    plan = make_plan(make_request(fleet=Fleet(vans=tuple(vans))))

    assert all(van.stop == request_.start + 8 * MINUTE for van in plan.vans)
    assert all(van.finish is None or van.finish <= van.stop for van in plan.vans)


def test_missing_roads_are_named(make_request, tmp_path):
    with pytest.raises(FileError, match=r"none\.pbf"):
        make_plan(make_request(roads=tmp_path / "none.pbf"))


@pytest.mark.parametrize(
    ("onset", "expires", "due"),
    [
        (60 * MINUTE, 360 * MINUTE, 50 * MINUTE),
        (None, 360 * MINUTE, FALLBACK - LEAD),
        (-5 * MINUTE, 360 * MINUTE, FALLBACK - LEAD),
        (12 * MINUTE, 360 * MINUTE, 6 * MINUTE),
        (120 * MINUTE, 60 * MINUTE, 60 * MINUTE),
    ],
    ids=["onset less lead", "no onset", "onset passed", "too near for the lead", "expires first"],
)
def test_the_deadline(request_, onset, expires, due):
    start = request_.start
    begin = None if onset is None else start + onset

    assert deadline_for(begin, start, start + expires, LEAD) == start + due

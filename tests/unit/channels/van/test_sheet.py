"""The sheet as paper: what a crew reads, on how many pages, in which letters."""

import re
import shutil
import subprocess
from datetime import timedelta

import pytest
from lxml import html as page
from shapely import box

from channels.van.files import print_page
from channels.van.map import draw
from channels.van.model import Kind
from channels.van.planning import make_plan
from channels.van.sheet import acknowledgement, html

POPPLER = ("pdffonts", "pdftotext", "pdfinfo")
needs_poppler = pytest.mark.skipif(
    not all(map(shutil.which, POPPLER)),
    reason="NOT CHECKED: poppler-utils is missing, so nobody has looked into the PDF",
)


def text(source):
    body = page.fromstring(source).find("body")
    return " ".join(" ".join(body.itertext()).split())


@pytest.fixture(scope="module")
def all_printed(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sheets")
    for part in plan.vans:
        (folder / f"{part.van.id}.pdf").write_bytes(print_page(html(plan, part)))
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def printed(all_printed):
    return all_printed[0]


def poppler(program, path, *options):
    output = ["-"] if program == "pdftotext" else []
    command = [program, *options, str(path), *output]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@needs_poppler
def test_only_the_chinese_sans_serif_is_in_the_pdf_and_it_is_embedded(printed):
    lines = poppler("pdffonts", printed).splitlines()[2:]

    assert {re.sub(r"^\w+\+", "", line.split()[0]) for line in lines} == {
        "Noto-Sans-CJK-SC",
        "Noto-Sans-CJK-SC-Bold",
    }
    assert {line.split()[-5] for line in lines} == {"yes"}


@needs_poppler
def test_the_pdf_gives_back_its_texts(printed, plan):
    # A line on paper may break anywhere in Chinese.
    told = re.sub(r"\s", "", poppler("pdftotext", printed, "-layout"))

    for words in (
        *plan.briefing.headlines.values(),
        "一号宣传车",
        "©OpenStreetMapcontributors(ODbL)",
    ):
        assert re.sub(r"\s", "", words) in told


@needs_poppler
def test_the_scripts_stand_on_the_sheet_whole(printed, plan):
    told = re.sub(r"\s", "", poppler("pdftotext", printed))

    for script in plan.briefing.scripts.values():
        assert re.sub(r"\s", "", script) in told


@needs_poppler
def test_a_sheet_is_a_tagged_a4_of_two_pages(all_printed):
    for path in all_printed:
        told = dict(line.split(":", 1) for line in poppler("pdfinfo", path).splitlines())
        facts = {name: told[name].strip() for name in ("Pages", "Tagged", "Page size")}
        assert facts["Page size"].endswith("(A4)")
        assert (facts["Pages"], facts["Tagged"]) == ("2", "yes")


def test_every_announced_street_stands_there_with_number_clock_and_people(plan):
    part = plan.vans[0]
    rows = page.fromstring(html(plan, part)).xpath("//table[@class='streets']/tbody/tr")

    assert len(rows) == len(part.announced)
    lines = [" ".join(" ".join(row.itertext()).split()) for row in rows]
    for row, told in zip(part.announced, lines, strict=True):
        clock = (row.begin + timedelta(hours=2)).strftime("%H:%M")
        assert told.startswith(f"{row.number} {clock}")
        assert f"{row.people:,.0f}" in told
        assert row.moves[-1].street in told


def test_the_latest_time_to_stop_is_shown_in_local_time(plan):
    assert "最晚停止 STOP, leave by 03:00" in text(html(plan, plan.vans[0]))


def test_a_drill_looks_like_a_drill(make_request, make_briefing):
    drill = make_plan(make_request(briefing=make_briefing(drill=True), rounds=1))

    assert "EXERCISE · NOT A REAL WARNING" in text(html(drill, drill.vans[0]))


def test_the_real_thing_does_not_look_like_a_drill(plan):
    assert "EXERCISE" not in text(html(plan, plan.vans[0]))


def test_a_cancel_is_one_order_to_stop_that_names_the_old_sheets(stop_plan):
    told = text(html(stop_plan, stop_plan.vans[0]))

    assert "立即停止播报预警" in told
    assert "Stop announcing the warning now" in told
    assert "van-1-r1, van-1-r2" in told
    assert "Streets in order" not in told


@needs_poppler
def test_a_cancel_is_one_page(stop_plan, tmp_path):
    path = tmp_path / "stop.pdf"
    path.write_bytes(print_page(html(stop_plan, stop_plan.vans[0])))

    assert re.search(r"Pages:\s+1\n", poppler("pdfinfo", path))


def test_an_update_says_which_revision_it_replaces(make_request, make_briefing):
    plan = make_plan(
        make_request(
            briefing=make_briefing(kind=Kind.UPDATE, revision=2, replaces=("old",)), rounds=1
        )
    )

    assert "replaces r1" in text(html(plan, plan.vans[0]))


def test_a_van_without_work_is_told_to_stand_by(make_request):
    plan = make_plan(make_request(area=box(25.1, 60.1, 25.11, 60.11)))

    told = text(html(plan, plan.vans[0]))

    assert "Stand by at the start" in told
    assert "原地待命" in told


def test_a_crew_gets_the_scripts_that_it_can_read(make_request, request_):
    vans = (request_.fleet.vans[0].model_copy(update={"languages": ("en",)}),)
    fleet = request_.fleet.model_copy(update={"vans": vans})
    plan = make_plan(make_request(fleet=fleet, rounds=1))

    told = text(html(plan, plan.vans[0]))

    assert "Script (en)" in told
    assert "Script (zh-CN)" not in told


def test_hostile_words_stay_words(make_request, make_briefing):
    briefing = make_briefing(headlines={"en": "<script>alert(1)</script>"})
    plan = make_plan(make_request(briefing=briefing, rounds=1))

    assert not list(page.fromstring(html(plan, plan.vans[0])).iter("script"))


def test_the_code_names_alert_van_and_revision(plan):
    assert acknowledgement(plan, plan.vans[1]) == f"WARN|{plan.alert}|van-2|r1"


def test_the_map_numbers_each_street_once_and_stays_on_its_paper(plan):
    for part in plan.vans:
        svg = page.fromstring(draw(plan, part, width_mm=190, height_mm=140))
        discs = [(float(c.get("cx")), float(c.get("cy"))) for c in svg.iter("circle")]
        numbers = {t.text for t in svg.iter("text")} & {str(row.number) for row in part.announced}
        assert len(discs) == len(part.announced) == len(numbers)
        assert all(0 < x < 1900 and 0 < y < 1400 for x, y in discs)


def test_the_map_names_every_announced_street_that_has_a_name(plan):
    for part in plan.vans:
        svg = page.fromstring(draw(plan, part, width_mm=190, height_mm=140))
        named = {row.moves[-1].street for row in part.announced} - {""}
        assert named <= {text.text for text in svg.iter("text")}


def test_the_maps_numbers_do_not_hide_each_other(plan):
    for part in plan.vans:
        svg = page.fromstring(draw(plan, part, width_mm=190, height_mm=140))
        discs = [(float(c.get("cx")), float(c.get("cy"))) for c in svg.iter("circle")]
        for number, (x, y) in enumerate(discs):
            assert all((x - a) ** 2 + (y - b) ** 2 > 50**2 for a, b in discs[:number])


def test_the_map_has_a_scale_and_north(plan):
    svg = page.fromstring(draw(plan, plan.vans[0], width_mm=190, height_mm=140))
    words = {text.text for text in svg.iter("text")}

    assert "北 N" in words
    assert any(re.fullmatch(r"\d+ k?m", word) for word in words)

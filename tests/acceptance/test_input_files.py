"""Files that a clumsy operator feeds in: what is good counts, what is bad is named by line."""

import asyncio
import copy
import csv
import json

import pytest

from tests.acceptance.bodies import as_json, cap
from warnbroker.resources import shipped

HEADER = (
    "ref,name,phone,email,voice,language,regions,lat,lon,min_level,categories,channels,"
    "quiet_hours,role,drills"
)
REGIONS = json.loads((shipped("config") / "regions.geojson").read_text())


def person(number: int, **changed: str) -> str:
    words = dict.fromkeys(HEADER.split(","), "") | {
        "ref": f"r{number}",
        "phone": f"+35840123{number:04}",
        "language": "en",
        "regions": "demo-market",
    }
    return ",".join((words | changed).values())


def imported(command, text: str | bytes, *flags: object):
    file = command.write("people.csv", text)
    done = command("subscribers", "import", file, *flags)
    rejects = command.folder / "people.rejects.csv"
    if not rejects.exists():
        return done, []
    with rejects.open(newline="") as rows:
        return done, [(int(row["line"]), row["field"]) for row in csv.DictReader(rows)]


def exported(command) -> list[str]:
    command("subscribers", "export", "out.csv")
    with (command.folder / "out.csv").open(newline="") as file:
        return [row["ref"] for row in csv.DictReader(file)]


BAD_LINES = [
    ("phone", person(1, phone="12345")),
    ("phone", person(1, phone="+٣٥٨٤٠١٢٣٤٥")),
    ("phone", person(1, phone="")),
    ("voice", person(1, voice="none")),
    ("email", person(1, email="nobody")),
    ("language", person(1, language="English!")),
    ("regions", person(1, regions="atlantis")),
    ("lat", person(1, lat="91", lon="1")),
    ("lat", person(1, lat="nan", lon="nan")),
    ("lon", person(1, lat="60")),
    ("min_level", person(1, min_level="purple")),
    ("categories", person(1, categories="Weather")),
    ("channels", person(1, channels="smoke")),
    ("quiet_hours", person(1, quiet_hours="late")),
    ("drills", person(1, drills="maybe")),
    ("ref", person(1, ref="")),
    ("name", person(1, name="x" * 1001)),
    ("name", person(1, name="a\x00b")),
    ("name", person(1, name="a\x1b[2Jb")),
    ("", "one,two,three"),
    ("", person(1) + ",more"),
    ("", person(1, name='"never closed')),
    ("", person(1, name='"closed"early')),
    ("", person(1, name="x" * 10_000_000)),
]


@pytest.mark.parametrize(
    ("field", "line"),
    [pytest.param(*case, id=case[0] or "the line itself") for case in BAD_LINES],
)
def test_a_bad_line_is_named_and_the_good_ones_count(command, field, line):
    text = "\n".join((HEADER, person(2), line, person(3), person(4))) + "\n"

    done, rejects = imported(command, text)

    assert done.status == 1
    assert rejects == [(3, field)]
    assert exported(command) == ["r2", "r3", "r4"]
    assert "1 lines were not" in done.err


def test_a_quote_that_is_never_closed_swallows_no_line_after_it(command):
    lines = [person(number) for number in range(300)]
    lines[5] = person(5, name='"open')
    lines[9] = person(9, name='open"')

    done, rejects = imported(command, "\n".join((HEADER, *lines)))

    assert rejects == [(7, "")]
    assert "299 people" in done.out


def test_a_byte_that_is_no_utf8_spoils_its_own_line(command):
    good, bad = person(2).encode(), person(1, name="J\xf6rg").encode("latin-1")

    done, rejects = imported(command, b"\n".join((HEADER.encode(), bad, good)))

    assert rejects == [(2, "name")]
    assert exported(command) == ["r2"]
    assert done.status == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_every_editor_s_line_ends_and_marks_are_read(command, end, mark):
    lines = (HEADER, person(1), "", person(2, name='"Two, one"'), person(3, name="末端"))

    done, rejects = imported(command, mark + end.join(lines))

    assert done.status == 0, done.err
    assert rejects == []
    assert exported(command) == ["r1", "r2", "r3"]


def test_a_name_on_two_lines_is_one_name(command):
    lines = (HEADER, person(1, name='"A\nB"'), person(2, phone="1"))

    done, rejects = imported(command, "\n".join(lines))

    assert rejects == [(4, "phone")]
    assert exported(command) == ["r1"]
    assert done.status == 1


@pytest.mark.parametrize(
    "text",
    ["", "\n", HEADER.replace(",", "\t"), HEADER + ",fax", "ref,ref,phone", "name,phone",
     "\x00\x01", '"ref', (HEADER + "\n" + person(1)).encode("utf-16")],
    ids=["nothing", "a blank line", "tabs", "a strange column", "a column twice", "no ref",
         "no text", "an open quote", "UTF-16"],
)  # fmt: skip
def test_a_list_with_another_header_is_refused_as_a_whole(command, text):
    done, rejects = imported(command, text)

    assert done.status == 2
    assert len(done.faults) == 1
    assert "people.csv" in done.faults[0]
    assert rejects == []


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("ref,name,telephone", "line 1: unknown columns: 'telephone' (did you mean phone?)"),
        ("ref;name;telephone", "line 1: unknown columns: 'telephone' (did you mean phone?)"),
        ("ref,phone,ref", "line 1: the column ref stands 2 times; keep one"),
        ("name,phone", "line 1: lacks the column ref"),
        ("ref\tname\tphone", "line 1: is no header; it must name columns such as ref,name"),
        ("ref|phone", "separate them with commas"),
        ("", "is empty; it must begin with a header such as ref,name"),
    ],
)
def test_what_is_wrong_with_a_header_is_named(command, header, words):
    done, _ = imported(command, header)

    assert words in done.faults[0]


def test_what_stands_in_place_of_a_header_is_not_repeated(command):
    done, _ = imported(command, person(1, name="Alice Archer"))

    assert "is no header" in done.faults[0]
    assert "Alice" not in done.err


def test_semicolons_of_a_spreadsheet_part_columns_too(command):
    lines = (
        "ref;phone;regions;lat;lon",
        'r1;+358401230001;"demo-market;demo-seafront";;',
        "r2;+358401230002;;60,1660;24,9450",
        "r3;1;demo;;",
    )

    done, rejects = imported(command, "\r\n".join(lines))

    assert rejects == [(4, "phone")]
    assert exported(command) == ["r1", "r2"]
    assert "outside" not in done.err


def test_who_stands_there_twice_is_counted_once_and_named_by_the_line(command):
    lines = (HEADER, person(1), person(2), person(3), "", person(1, name="again"))

    done, _ = imported(command, "\n".join(lines))

    assert "3 people imported (1 of them twice: line 6)." in done.out
    assert exported(command) == ["r1", "r2", "r3"]


def test_a_position_outside_all_regions_is_noted_and_taken(command):
    here = {"lat": "60.1660", "lon": "24.9450"}
    swapped = {"lat": "24.9450", "lon": "60.1660"}
    lines = (HEADER, person(1, **here), person(2, **swapped), person(3, lat="0", lon="0"))

    done, _ = imported(command, "\n".join(lines))

    assert done.status == 0
    assert "2 positions lie outside all regions (lines 3, 4)" in done.err
    assert "lat and lon look swapped" in done.err
    assert exported(command) == ["r1", "r2", "r3"]


def test_the_list_is_not_overwritten_by_its_own_rejects(command):
    text = f"{HEADER}\n{person(1, phone='1')}\n"

    done, _ = imported(command, text, "--rejects", command.folder / "people.csv")

    assert done.status == 2
    assert (command.folder / "people.csv").read_text() == text


def test_an_earlier_list_of_rejects_outlives_a_list_that_cannot_be_read(command):
    imported(command, f"{HEADER}\n{person(1, phone='1')}\n")
    kept = (command.folder / "people.rejects.csv").read_text()

    done, _ = imported(command, "nonsense\n")

    assert done.status == 2
    assert (command.folder / "people.rejects.csv").read_text() == kept


def test_an_exported_list_is_nobody_else_s_to_read(command):
    imported(command, f"{HEADER}\n{person(1)}\n")

    assert exported(command) == ["r1"]
    assert (command.folder / "out.csv").stat().st_mode & 0o077 == 0


def feature(**properties) -> dict:
    found = copy.deepcopy(REGIONS["features"][0])
    found["properties"] |= properties
    return found


def shape(kind: str, coordinates: object) -> dict:
    return feature() | {"geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


BOW_TIE = [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]
BAD_REGIONS = {
    "no JSON": ("nonsense", "not JSON"),
    "no text": (b"\xff\xfe", "UTF-16"),
    "a bomb": ("[" * 100_000, "not JSON"),
    "a list": ("[]", "FeatureCollection"),
    "nothing in it": (collection(), "no regions"),
    "no feature": (collection(1), "features[0]"),
    "no code": (collection(feature(code=None)), "code"),
    "a number as code": (collection(feature(code=5)), "code"),
    "no name": (collection(feature(name={})), "name"),
    "an unknown parent": (collection(feature(parent="atlantis")), "atlantis"),
    "its own parent": (collection(feature(parent="demo")), "demo"),
    "a code twice": (collection(feature(), feature()), "demo"),
    "a strange time zone": (collection(feature(timezone="Mars/Olympus")), "Mars/Olympus"),
    "people below zero": (collection(feature(population=-1)), "population"),
    "a point": (collection(shape("Point", [24, 60])), "Polygon"),
    "an open ring": (collection(shape("Polygon", [[[1, 2], [2, 3], [3, 1]]])), "4 positions"),
    "a bow tie": (
        collection(shape("Polygon", [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])),
        "valid",
    ),
    "texts as numbers": (collection(shape("Polygon", [[["a", 0]] * 4])), "longitude"),
    "off the Earth": (
        collection(shape("Polygon", [[[1e300, 0], [1, 1], [1, 0], [1e300, 0]]])),
        "Earth",
    ),
    "no geometry": (collection(feature() | {"geometry": None}), "geometry"),
}


@pytest.mark.parametrize("kind", BAD_REGIONS)
def test_a_bad_region_is_named_and_the_tree_stays(command, kind):
    text, word = BAD_REGIONS[kind]
    file = command.write("regions.geojson", text)

    done = command("regions", "import", file)

    assert done.status == 2
    assert done.faults
    assert all(str(file) in line for line in done.faults)
    assert word in done.err


async def test_regions_that_would_lose_an_alert_in_force_are_refused(command, busy):
    place = "<geocode><valueName>GB/T 2260</valueName><value>999900</value></geocode>"
    alert = (await busy.post(cap(place=place))).json["id"]
    bare = [feature | {"properties": feature["properties"] | {"geocodes": {}}}
            for feature in REGIONS["features"]]  # fmt: skip
    file = command.write("regions.geojson", collection(*bare))

    done = await asyncio.to_thread(
        command, "regions", "import", file, WARNBROKER_STORE__URL=busy.settings.store.url
    )

    assert done.status == 2
    assert "in force" in done.faults[0]
    regions = await busy.served.store.regions.all()
    assert any(region.geocodes for region in regions), alert


VALIDATED = {
    "valid.xml": (cap, 0),
    "valid.json": (as_json, 0),
    "invalid.xml": (lambda: cap(status="Nonsense", place=""), 1),
    "invalid.json": (lambda: as_json(status="Nonsense"), 1),
    "unreadable.xml": (lambda: cap()[:-9], 2),
    "unreadable.json": (lambda: as_json()[:-9], 2),
    "entity.xml": (lambda: "<!DOCTYPE a>" + cap().split("\n", 1)[1], 2),
    "large.xml": (lambda: cap(headline="x" * (1 << 20)), 2),
    "[red]:bug:.xml": (cap, 0),
    "\udcff\udcfe.xml": (cap, 0),
}


@pytest.mark.parametrize("name", VALIDATED, ids=ascii)
def test_a_message_is_judged_by_status_and_in_json(command, name):
    make, status = VALIDATED[name]
    command.write(name, make())

    plain = command("validate", name)
    told = command("validate", "--json", name)

    assert [plain.status, told.status] == [status, status]
    row = json.loads(told.out)
    assert set(row) == {"file", "valid", "errors"}
    assert row["valid"] is (status == 0)
    assert all(
        set(fault) == {"rule", "level", "line", "path", "message"} for fault in row["errors"]
    )
    assert bool([fault for fault in row["errors"] if fault["level"] == "error"]) is (status > 0)


def test_of_several_messages_the_worst_decides(command):
    for name in ("valid.xml", "invalid.xml", "unreadable.xml"):
        command.write(name, VALIDATED[name][0]())

    done = command("validate", "--json", "valid.xml", "invalid.xml", "unreadable.xml")

    assert done.status == 2
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert [row["valid"] for row in rows] == [True, False, False]

import math

import pytest

from warnbroker.cap import check, parse_json, parse_xml
from warnbroker.cap.document import MAX_FAULTS, MAX_NODES
from warnbroker.errors import AlertError, TooLargeError, UnreadableError

OPEN = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
LAUGHS = '<!DOCTYPE l [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">'
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"{}",
        b"<alert>",
        f"{LAUGHS}]>{OPEN}<identifier>&i;</identifier></alert>".encode(),
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>{OPEN}&x;</alert>'.encode(),
        f'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">{OPEN}</alert>'.encode(),
        f"\ufeff <!-- <a> --><?p ?>\n<!DOCTYPE a>{OPEN}</alert>".encode(),
        f"{OPEN}&x;</alert>".encode(),
        f"{OPEN}<identifier>a\x00</identifier></alert>".encode(),
        f"{OPEN}<identifier>&#x7;</identifier></alert>".encode(),
        (OPEN + "<a>" * 1000 + "</a>" * 1000 + "</alert>").encode(),
        (OPEN + "<a>" * 100 + "</a>" * 100 + "</alert>").encode(),
        (OPEN + "<a/>" * (MAX_NODES + 1) + "</alert>").encode(),
        f"{OPEN}</alert>".encode("utf-16"),
        f'<?xml version="1.0" encoding="UTF-16"?>{OPEN}</alert>'.encode("utf-16-le"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{OPEN}é</alert>'.encode("latin-1"),
        f'<?xml version="1.0" encoding="UTF-7"?>{OPEN}</alert>'.encode(),
        f"{OPEN}é</alert>".encode("gb18030"),
    ],
)
def test_unsafe_or_unreadable_xml_is_refused(body):
    with pytest.raises(UnreadableError):
        parse_xml(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1000 + b"]" * 1000,
        b"[" * 100_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"info":[' + b"{}," * MAX_NODES + b"{}]}",
        b'{"code":[' + b"1," * 200_000 + b"1]}",
        b'{"a":' + b"9" * 100_000 + b"}",
        "{}".encode("utf-16"),
    ],
)
def test_unsafe_or_unreadable_json_is_refused(body):
    with pytest.raises(UnreadableError):
        parse_json(body)


@pytest.mark.parametrize("parse", [parse_xml, parse_json])
def test_a_body_over_the_limit_is_refused_unread(parse):
    with pytest.raises(TooLargeError, match="limit is 1048576"):
        parse(b"x" * (1024 * 1024 + 1))
    with pytest.raises(TooLargeError, match="limit is 10"):
        parse(b"x" * 11, limit=10)


def test_xinclude_is_an_unknown_element(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    include = (
        '<identifier><x:include xmlns:x="http://www.w3.org/2001/XInclude" parse="text" '
        f'href="{secret.as_uri()}"/></identifier>'
    )

    with pytest.raises(AlertError) as caught:
        parse_xml(f"{OPEN}{include}</alert>".encode())

    assert "cap.element.markup" in [fault.rule for fault in caught.value.faults]


def test_a_doctype_inside_cdata_is_text(plain):
    body = plain(("Storm surge", "<![CDATA[<!DOCTYPE storm>]]>"))

    assert parse_xml(body).infos[0].event == "<!DOCTYPE storm>"


@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_xml, (OPEN + "<info/>" * 20_000 + "</alert>").encode()),
        (parse_json, b'{"info":[' + b"{}," * 20_000 + b"{}]}"),
    ],
)
def test_thousands_of_faults_are_cut_short(parse, body):
    with pytest.raises(AlertError) as caught:
        parse(body)

    assert len(caught.value.faults) == MAX_FAULTS + 1
    assert caught.value.faults[-1].rule == "cap.faults.more"


def slanted_comb(teeth):
    """Return a valid polygon whose test for crossings would cost the square of its length."""
    points = []
    for tooth in range(teeth):
        points += [(tooth / teeth, 0.0), ((tooth + 0.4) / teeth + 0.5, 1.0)]
    points += [(1.0, 0.0), (1.0, -0.1), (0.0, -0.1), (0.0, 0.0)]
    return " ".join(f"{lat:.6f},{lon:.6f}" for lat, lon in points)


def upright_comb(teeth, swap):
    points = [(tooth / teeth, high) for tooth in range(teeth) for high in (0.0, 1.0)]
    points += [(1.0, 0.0), (1.0, -0.1), (0.0, -0.1), (0.0, 0.0)]
    return " ".join(f"{b:.6f},{a:.6f}" if swap else f"{a:.6f},{b:.6f}" for a, b in points)


def ring(count):
    angles = [2 * math.pi * step / count for step in range(count)] + [0.0]
    return " ".join(f"{math.cos(angle):.6f},{math.sin(angle):.6f}" for angle in angles)


SQUARE = "22,113 22,114 23,114 23,113 22,113"


@pytest.mark.parametrize(
    "polygons",
    [
        [slanted_comb(9000)],
        [upright_comb(2000, swap=False), upright_comb(2000, swap=True)],
    ],
)
def test_polygons_that_would_take_minutes_to_compute_are_refused(plain, now, polygons):
    body = plain((SQUARE, "</polygon><polygon>".join(polygons)))

    assert "cap.alert.shapes.tangled" in [fault.rule for fault in check(parse_xml(body), now)]


def test_circles_over_a_comb_are_refused(plain, now):
    circles = "".join(f"<circle>0.5,0.5 {radius}</circle>" for radius in range(40, 60))
    body = plain((SQUARE, upright_comb(5000, swap=False)), ("</polygon>", f"</polygon>{circles}"))

    assert "cap.alert.shapes.tangled" in [fault.rule for fault in check(parse_xml(body), now)]


def test_an_outline_of_many_positions_is_welcome(plain, now):
    body = plain((SQUARE, ring(15_000)))

    assert [f.rule for f in check(parse_xml(body), now)] == ["cap.area.polygon.vertices"]


def test_too_many_positions_or_circles_are_refused(plain, now):
    many_positions = plain((SQUARE, ring(20_001)))
    circles = "".join(f"<circle>1,{step / 1000} 1</circle>" for step in range(101))
    many_circles = plain(("</polygon>", f"</polygon>{circles}"))

    found = [f.rule for f in check(parse_xml(many_positions), now) if f.level == "error"]
    assert found == ["cap.alert.positions.count"]
    assert [f.rule for f in check(parse_xml(many_circles), now)] == ["cap.alert.circles.count"]

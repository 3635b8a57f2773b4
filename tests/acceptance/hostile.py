"""Bodies that nobody sends in good faith, each with the answer that it must get."""

import json

from tests.acceptance.bodies import HERE, NAMESPACE, as_json, cap, cap_json, info, instant

GOOD = cap()
MEBIBYTE = 1 << 20


def _prolog(text: str) -> str:
    return '<?xml version="1.0"?>' + text + GOOD.split("\n", 1)[1]


def _laughs() -> str:
    names = "".join(f'<!ENTITY a{n} "{(f"&a{n - 1};" if n else "ha") * 10}">' for n in range(12))
    return f'<?xml version="1.0"?><!DOCTYPE a [{names}]><alert xmlns="{NAMESPACE}">&a11;</alert>'


def _headline(text: str) -> str:
    return GOOD.replace("Strong wind", text)


XML: dict[str, tuple[str | bytes, int]] = {
    "nothing": ("", 400),
    "white space": (" " * 900_000, 400),
    "no text": (b"\x00\xff\xfe\x80", 400),
    "plain text": ("hello", 400),
    "cut off": (GOOD[:-20], 400),
    "two roots": (GOOD + GOOD.split("\n", 1)[1], 400),
    "a web page": ("<html><body>hi</body></html>", 422),
    "billion laughs": (_laughs(), 400),
    "external entity": (
        _prolog('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>').replace(
            "Strong wind", "&x;"
        ),
        400,
    ),
    "parameter entity": (
        _prolog('<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x">%x;]>'),
        400,
    ),
    "plain doctype": (_prolog("<!DOCTYPE alert>"), 400),
    "doctype behind comments": (_prolog("<!-- a --><?b c?><!DOCTYPE alert>"), 400),
    "unknown entity": (_headline("&nowhere;"), 400),
    "xinclude": (
        _headline(
            '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
        ),
        422,
    ),
    "1,000 deep": (f'<alert xmlns="{NAMESPACE}">{"<a>" * 1000}{"</a>" * 1000}</alert>', 400),
    "100,000 deep": ("<a>" * 100_000 + "</a>" * 100_000, 400),
    "UTF-16": (GOOD.replace("UTF-8", "UTF-16").encode("utf-16"), 400),
    "UTF-16 unsaid": (GOOD.split("\n", 1)[1].encode("utf-16-le"), 400),
    "UTF-32": (GOOD.encode("utf-32"), 400),
    "UTF-7": (GOOD.replace("UTF-8", "UTF-7"), 400),
    "latin-1": (_headline("St\xf6rm").replace("UTF-8", "ISO-8859-1").encode("latin-1"), 400),
    "latin-1 unsaid": (_headline("St\xf6rm").encode("latin-1"), 400),
    "EBCDIC": (GOOD.replace("UTF-8", "EBCDIC-CP-US"), 400),
    "NUL": (_headline("a\x00b"), 400),
    "NUL by number": (_headline("a&#0;b"), 400),
    "surrogate": (_headline("a\ud800b"), 400),
    "surrogate by number": (_headline("a&#xD800;b"), 400),
    "escape by number": (_headline("a&#27;b"), 400),
    "260,000 elements": (f'<alert xmlns="{NAMESPACE}">{"<a/>" * 260_000}</alert>', 400),
    "29,000 infos": (cap("<info/>" * 29_000), 422),
    "60,000 attributes": (
        GOOD.replace("<info>", "<info " + " ".join(f'a{n}="1"' for n in range(60_000)) + ">"),
        422,
    ),
    "a long name": (GOOD.replace("<info>", f"<{'a' * 900_000}/><info>"), 400),
    "a long identifier": (cap(identifier="i" * 5_000), 422),
    "9,000 references": (
        cap(
            msgType="Update",
            references=" ".join(f"a@b,c{n},2026-01-01T00:00:00-00:00" for n in range(9_000)),
        ),
        422,
    ),
    "20,000 circles": (
        cap(place="".join(f"<circle>60.165,24.94 0.{n}</circle>" for n in range(20_000))),
        422,
    ),
    "36,000 positions": (
        cap(place="".join(HERE.replace("24.950", f"24.95{n}") for n in range(9_000))),
        422,
    ),
    "too large": (cap(headline="x" * MEBIBYTE), 413),
}


def _altitude(number: str) -> str:
    place = {"areaDesc": "Market", "polygon": ["60,24 60,25 61,25 60,24"], "altitude": 1}
    return as_json(info={"area": [place]}).replace('"altitude": 1', f'"altitude": {number}')


JSON: dict[str, tuple[str | bytes, int]] = {
    "nothing": ("", 400),
    "cut off": (as_json()[:-5], 400),
    "a list": ("[]", 422),
    "null": ("null", 422),
    "NaN": (_altitude("NaN"), 400),
    "infinity": (_altitude("1e999"), 400),
    "400,000 digits": (_altitude("9" * 400_000), 400),
    "an endless exponent": (_altitude("1e400000000"), 400),
    "open lists": ("[" * 500_000, 400),
    "closed lists": ("[" * 400_000 + "]" * 400_000, 400),
    "open objects": ('{"a":' * 150_000 + "1" + "}" * 150_000, 400),
    "900 deep": ("[" * 900 + "]" * 900, 400),
    "a key twice": (as_json()[:-1] + ', "status": "Test"}', 422),
    "a key twice, deep": (as_json().replace('"event"', '"event": "Fire", "event"'), 422),
    "numbers for texts": (json.dumps(dict.fromkeys(cap_json(), 5)), 422),
    "objects for texts": (json.dumps({name: {} for name in cap_json()}), 422),
    "500,000 infos": ('{"info": [' + ",".join(["1"] * 500_000) + "]}", 400),
    "90,000 nulls": (as_json(info={}).replace('"info": [', '"info": [' + "null," * 90_000), 422),
    # It fits into a mebibyte of JSON, but nobody could read the XML that we publish of it.
    "90,000 codes": (as_json(code=["abcd"] * 90_000), 422),
    "60,000 strange keys": (json.dumps(cap_json(**{f"k{n}": 1 for n in range(60_000)})), 422),
    "half a surrogate": (as_json(note="@").replace("@", "\\ud800"), 400),
    "NUL": (as_json(note="@").replace("@", "\\u0000"), 422),
    "escape": (as_json(note="@").replace("@", "\\u001b[2J"), 422),
    "a line break in the identifier": (as_json(identifier="a\r\nSet-Cookie: b"), 422),
    "latin-1": (as_json(note="@").replace("@", "\xf6").encode("latin-1"), 400),
    "UTF-16": (as_json().encode("utf-16"), 400),
    "two messages": (as_json() + as_json(), 400),
    "a comment": ("/* hi */" + as_json(), 400),
    "single quotes": (as_json().replace('"', "'"), 400),
    "too large": (as_json(note="x" * MEBIBYTE), 413),
}

PLACES = {
    "nowhere": ("", "cap.info.area.required"),
    "outside every region": (
        "<polygon>10,10 10,11 11,11 10,10</polygon>",
        "area.outside",
    ),
    "latitude and longitude swapped": (
        "<polygon>24.94,60.165 24.95,60.165 24.95,60.17 24.94,60.165</polygon>",
        "area.outside",
    ),
    "an unknown geocode": (
        "<geocode><valueName>GB/T 2260</valueName><value>000001</value></geocode>",
        "area.geocode.unknown",
    ),
    "an unknown geocode beside a polygon": (
        f"{HERE}<geocode><valueName>GB/T 2260</valueName><value>000001</value></geocode>",
        "area.geocode.unknown",
    ),
    "a geocode of a strange system": (
        "<geocode><valueName>FOO</valueName><value>1</value></geocode>",
        "area.unplaced",
    ),
    "an open polygon": (
        "<polygon>60.165,24.94 60.165,24.95 60.17,24.95 60.17,24.94</polygon>",
        "cap.area.polygon.closed",
    ),
    "a polygon that crosses itself": (
        "<polygon>60.16,24.94 60.17,24.95 60.16,24.95 60.17,24.94 60.16,24.94</polygon>",
        "cap.area.polygon.crossing",
    ),
    "a circle round the world": ("<circle>60.165,24.94 20000</circle>", "area.circle.pole"),
    "a circle of minus one": ("<circle>60.165,24.94 -1</circle>", "cap.area.circle.radius"),
    "no numbers": ("<polygon>a,b c,d e,f a,b</polygon>", "cap.area.polygon.form"),
}

OTHER_KINDS = {
    "no status": ({"status": "actual"}, "cap.alert.status.value"),
    "Restricted to no list": (
        {"scope": "Restricted", "extra": "<restriction>a</restriction>"},
        "scope.restriction.unknown",
    ),
    "Private to nobody": (
        {"scope": "Private", "extra": "<addresses>a b</addresses>"},
        "scope.addresses.unknown",
    ),
    "red in one language": ({"infos": info(severity="Extreme")}, "gate.languages"),
    "red without an onset": ({"severity": "Extreme", "onset": ""}, "gate.onset"),
    "Cancel of nothing known": (
        {"msgType": "Cancel", "references": "a@b,c,2026-01-01T00:00:00-00:00"},
        "lineage.unknown",
    ),
    "Cancel of nothing": ({"msgType": "Cancel"}, "cap.alert.references.required"),
    "already over": ({"sent": instant(-90), "expires": instant(-5)}, "cap.info.expires.past"),
    "over before it is sent": ({"expires": instant(-5)}, "cap.info.expires.order"),
    "from the future": ({"sent": instant(60)}, "cap.alert.sent.future"),
    # No clock west of Greenwich can show it, so no text could be written.
    "until the end of time": ({"expires": "9999-12-31T23:59:59-00:00"}, "alert.time.year"),
}

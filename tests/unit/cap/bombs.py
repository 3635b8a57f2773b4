"""Messages made to hurt whoever reads them, by name; ``python -m tests.unit.cap.bombs PORT``.

The command lets every reader have each of them, in a process that may take only so much more
memory, and prints how each ended.
"""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MEBIBYTE = 1 << 20
ROOM = 256 * MEBIBYTE
"""Address space that the process may take beside what its libraries hold."""

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
OPEN = f'<alert xmlns="{SPACE}"><identifier>a</identifier><sender>s@b.example</sender>'


def _whole(inside: str, prolog: str = "") -> bytes:
    return f'<?xml version="1.0"?>{prolog}{OPEN}{inside}</alert>'.encode()


def _laughs(_: int) -> bytes:
    names = "".join(f'<!ENTITY a{n} "{(f"&a{n - 1};" if n else "ha") * 10}">' for n in range(12))
    return _whole("<note>&a11;</note>", f"<!DOCTYPE alert [{names}]>")


def _quadratic(_: int) -> bytes:
    big = "x" * 100_000
    return _whole("<note>" + "&a;" * 200_000 + "</note>", f'<!DOCTYPE alert [<!ENTITY a "{big}">]>')


def _external(port: int) -> bytes:
    system = f'<!DOCTYPE alert [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>'
    return _whole("<note>&x;</note>", system)


def _external_dtd(port: int) -> bytes:
    return _whole("", f'<!DOCTYPE alert SYSTEM "http://127.0.0.1:{port}/a.dtd">')


def _parameter(port: int) -> bytes:
    return _whole("", f'<!DOCTYPE alert [<!ENTITY % x SYSTEM "http://127.0.0.1:{port}/x">%x;]>')


def _xinclude(port: int) -> bytes:
    return _whole(
        '<note><i:include xmlns:i="http://www.w3.org/2001/XInclude" '
        f'href="http://127.0.0.1:{port}/x"/></note>'
    )


def _hints(port: int) -> bytes:
    body = _whole(
        '<web xml:base="/x">x</web>', f'<?xml-stylesheet href="http://127.0.0.1:{port}/s"?>'
    )
    return body.replace(
        b"<alert ",
        f'<alert xml:base="http://127.0.0.1:{port}/" xmlns:i="http://www.w3.org/2001/'
        f'XMLSchema-instance" i:schemaLocation="{SPACE} http://127.0.0.1:{port}/cap.xsd" '.encode(),
    )


def _attributes(_: int) -> bytes:
    many = " ".join(f'a{number:x}=""' for number in range(90_000))
    return _whole(f"<note {many}/>")


def _million_attributes(_: int) -> bytes:
    many = " ".join(f'a{number}=""' for number in range(1_000_000))
    return _whole(f"<note {many}/>")


def _namespaces(_: int) -> bytes:
    many = " ".join(f'xmlns:a{number:x}="u"' for number in range(40_000))
    return _whole(f"<note {many}/>")


def _same_attribute(_: int) -> bytes:
    return _whole("<note " + 'a="" ' * 100_000 + "/>")


def _escaped_nest(_: int) -> bytes:
    text = "&lt;alert&gt;" * 20_000
    return f"<x>{'<y>' + text + '</y>'}</x>".encode()


def _many_alerts(_: int) -> bytes:
    return b"<x>" + b"<alert><info/></alert>" * 9_000 + b"</x>"


def _many_faults(_: int) -> bytes:
    return _whole("<sent>2026-11-23T02:10:00+08:00</sent>" + "<info><area/></info>" * 10_000)


def _references(_: int) -> bytes:
    return _whole(
        "<sent>2026-11-23T02:10:00+08:00</sent><references>" + "a,b,c " * 150_000 + "</references>"
    )


def _numbers(_: int) -> bytes:
    area = "<areaDesc>x</areaDesc><polygon>" + "9" * 500_000 + "," + "1" * 400_000 + "</polygon>"
    return _whole(f"<sent>2026-11-23T02:10:00+08:00</sent><info><area>{area}</area></info>")


BOMBS: Mapping[str, Callable[[int], bytes]] = {
    "billion laughs": _laughs,
    "quadratic blow-up": _quadratic,
    "external entity": _external,
    "external DTD": _external_dtd,
    "parameter entity": _parameter,
    "XInclude": _xinclude,
    "xml:base, schemaLocation, stylesheet": _hints,
    "1,000 deep": lambda _: _whole("<a>" * 1000 + "</a>" * 1000),
    "100,000 deep": lambda _: _whole("<a>" * 100_000 + "</a>" * 100_000),
    "100,000 open": lambda _: b"<a>" * 100_000,
    "50 MB": lambda _: _whole("<note>" + "x" * (50 * MEBIBYTE) + "</note>"),
    "90,000 attributes": _attributes,
    "1,000,000 attributes": _million_attributes,
    "one attribute 100,000 times": _same_attribute,
    "40,000 namespaces": _namespaces,
    "a gigantic attribute": lambda _: _whole(f'<note a="{"x" * 900_000}"/>'),
    "a gigantic name": lambda _: _whole(f"<{'x' * 400_000}></{'x' * 400_000}>"),
    "300,000 elements": lambda _: _whole("<a/>" * 200_000),
    "NUL": lambda _: _whole("<note>\0</note>"),
    "UTF-16 bomb": lambda _: _laughs(0).decode().encode("utf-16"),
    "UTF-32 bomb": lambda _: _laughs(0).decode().encode("utf-32"),
    "UTF-7": lambda _: _whole("").replace(b'"1.0"?', b'"1.0" encoding="UTF-7"?'),
    "UTF-7 DOCTYPE": lambda _: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a>',
    "EBCDIC": lambda _: _laughs(0).decode().encode("cp500"),
    "Shift-JIS": lambda _: _whole("").replace(b'"1.0"?', b'"1.0" encoding="Shift_JIS"?') + b"\x81",
    "bare surrogate": lambda _: _whole("<note>").replace(b"<note>", b"<note>\xed\xa0\x80</note>"),
    "alerts in escaped text": _escaped_nest,
    "9,000 alerts": _many_alerts,
    "10,000 faulty infos": _many_faults,
    "150,000 references": _references,
    "a number of 500,000 digits": _numbers,
    "JSON 100,000 deep": lambda _: b"[" * 100_000,
    "JSON 100,000 objects deep": lambda _: b'{"info":' * 100_000,
    "JSON number": lambda _: b'{"info":' + b"9" * 900_000 + b"}",
    "JSON exponent": lambda _: b'{"info":{"area":{"altitude":1e999999999}}}',
    "JSON keys": lambda _: b"{" + b'"a":1,' * 150_000 + b'"a":1}',
    "JSON different keys": lambda _: json.dumps(dict.fromkeys(map(str, range(60_000)))).encode(),
    "JSON surrogate": lambda _: b'{"identifier":"\\ud800","sender":"\\udc00\\ud800"}',
    "JSON empty objects": lambda _: b'{"info":[' + b"{}," * 300_000 + b"{}]}",
}


def main(port: int) -> None:
    """Read every bomb and print how each ended, as a line of JSON for each."""
    from warnbroker.cap import parse_json, parse_xml
    from warnbroker.cap.relay import read_relayed

    readers = (parse_xml, parse_json, read_relayed)
    # What is loaded late is loaded now, so that only the bombs are measured.
    for read in readers:
        _end(read, _whole("<info/>"))
    for name, make in BOMBS.items():
        body = make(port)
        limit = _held() + ROOM
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        ends = [_end(read, body) for read in readers]
        sys.stdout.write(json.dumps({"name": name, "ends": ends}) + "\n")


def _end(read: Callable[[bytes], Any], body: bytes) -> str:
    from warnbroker.errors import WarnbrokerError

    try:
        found = read(body)
    except WarnbrokerError as error:
        return type(error).__name__
    return str(found[0].cause) if isinstance(found, tuple) else "read"


def _held() -> int:
    """Return the address space that the process holds, in bytes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()


if __name__ == "__main__":
    main(int(sys.argv[1]))

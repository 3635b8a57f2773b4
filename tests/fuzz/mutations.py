"""Ways to break a message: its bytes, its elements, its JSON."""

import copy
from collections.abc import Callable
from random import Random
from typing import Any

import orjson
from lxml import etree

ODD_TEXTS = (
    "", " ", "\t\n", "0", "-0", "-1", "1e309", "NaN", "Infinity", "9" * 400,
    "0." + "0" * 400 + "1", "2026-02-30T00:00:00+00:00", "2026-11-23T02:10:00Z",
    "2026-11-23 02:10", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-11-23T24:00:00+08:00", "2026-11-23T02:10:60.999999999+99:99", "1,2 3,4", "1,2 3,4 5,6",
    "91,181 -91,-181 0,0 91,181", "0,0 0,1 1,0 1,1 0,0", "nan,nan", "1,2,3", "0,0 1e400",
    "0,0 -5", "0,0 999999", "89.9999999,0 5000", "0,179.99 0,-179.99 1,179.99", '"', '"a',
    'a" b"', "a,b,c", ",,", "a,b,2026-11-23T02:10:00+08:00", "Actual", "ACTUAL", "Draft", "zh_CN",
    "x" * 300, "\u202e\u0000"[:1], "\ufdd0", "\U0010ffff", "&amp;", "<b>", "]]>", "%s%n{0}{}",
    "http://[", "http://a b", "//", "javascript:alert(1)", "warnbroker:internal", "SAME=EQW", "=",
    "==", "YWJj=", "YWJj" * 1000, "١٢٣", "１２，３４", "1,2\u00a03,4", "-", "+", ".", "1.", ".5",
    "+.5", "0x10", "1_000",
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**63, 1.5, 1e308, 5e-324, -0.0, "", [], {}, [[]], [None], {"": ""},
    {"type": "Polygon", "coordinates": [[[0, 0], [0, 1]]]}, {"type": "Polygon", "coordinates": 3},
    {"type": "Polygon"}, {"center": [0, 0], "radius": 1}, {"center": 3, "radius": []},
    {"sender": "a", "identifier": "b", "sent": 3}, [1, "a", None],
)  # fmt: skip
DICTIONARY = (
    b"<", b">", b"&", b";", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"]]>", b"<![CDATA[", b"<!--",
    b"-->", b"<?xml version='1.0' encoding='UTF-16'?>", b"encoding='UTF-7'",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"&x;", b"&#0;", b"&#xD800;", b"&#x10FFFF;",
    b" xml:base='http://127.0.0.1/'", b"xmlns=''", b"<alert/>", b"</alert>", b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80", b'"', b"{", b"}", b"[", b"]", b"\\ud800", b"\\u0000", b"1e999", b"-",
    b"," * 50, b"<a>" * 80, b"[" * 80,
)  # fmt: skip


def bytes_of(random: Random, body: bytes) -> bytes:
    """Change a few bytes, wherever they stand."""
    data = bytearray(body)
    for _ in range(random.choice((1, 1, 1, 2, 6))):
        random.choice(_BYTE_WAYS)(random, data)
    return bytes(data)


def _flip(random: Random, data: bytearray) -> None:
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def _cut(random: Random, data: bytearray) -> None:
    at = random.randint(0, len(data))
    del data[at : at + random.randint(1, 40)]


def _end(random: Random, data: bytearray) -> None:
    del data[random.randint(0, len(data)) :]


def _insert(random: Random, data: bytearray) -> None:
    at = random.randint(0, len(data))
    data[at:at] = random.choice(DICTIONARY)


def _repeat(random: Random, data: bytearray) -> None:
    at = random.randint(0, len(data))
    data[at:at] = bytes(data[at : at + random.randint(1, 200)]) * random.randint(1, 4)


_BYTE_WAYS: tuple[Callable[[Random, bytearray], None], ...] = (
    _flip, _flip, _cut, _insert, _insert, _repeat, _end
)  # fmt: skip


def elements_of(random: Random, body: bytes) -> bytes:
    """Swap, drop, repeat, nest, rename and refill elements; the XML stays well-formed."""
    root = etree.fromstring(body)
    for _ in range(random.choice((1, 1, 2, 5))):
        found = [element for element in root.iter() if isinstance(element.tag, str)]
        random.choice(_ELEMENT_WAYS)(random, random.choice(found), found)
    encoding = random.choice(("UTF-8", "UTF-8", "UTF-8", "UTF-16", "GB18030", "US-ASCII"))
    return etree.tostring(root, encoding=encoding, xml_declaration=random.random() < 0.8)


Elements = list[etree._Element]


def _refill(random: Random, element: etree._Element, _: Elements) -> None:
    text = random.choice(ODD_TEXTS)
    # What XML cannot hold is the business of the mutations of bytes.
    element.text = "".join(c for c in text if c in "\t\n" or c >= " ")


def _drop(_: Random, element: etree._Element, __: Elements) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _twin(random: Random, element: etree._Element, _: Elements) -> None:
    parent = element.getparent()
    if parent is not None:
        for _ in range(random.choice((1, 1, 2, 30))):
            parent.append(copy.deepcopy(element))


def _move(random: Random, element: etree._Element, found: Elements) -> None:
    target = random.choice(found)
    if element not in target.iterancestors() and element is not target:
        target.insert(random.randint(0, len(target)), copy.deepcopy(element))


def _swap(_: Random, element: etree._Element, __: Elements) -> None:
    parent, after = element.getparent(), element.getnext()
    if parent is not None and after is not None:
        parent.insert(parent.index(element), after)


def _rename(random: Random, element: etree._Element, found: Elements) -> None:
    other = random.choice(found)
    local = random.choice((etree.QName(other).localname, "Alert", "unknown", "sent"))
    space = random.choice(
        (etree.QName(element).namespace, etree.QName(other).namespace, None, "u:x")
    )
    element.tag = f"{{{space}}}{local}" if space else local


def _attribute(random: Random, element: etree._Element, _: Elements) -> None:
    for number in range(random.choice((1, 3, 50))):
        element.set(random.choice(("id", "xml-", f"a{number}")), random.choice(ODD_TEXTS[:9]))


def _nest(random: Random, element: etree._Element, _: Elements) -> None:
    for _ in range(random.choice((1, 5, 70))):
        element = etree.SubElement(element, element.tag)


_ELEMENT_WAYS: tuple[Callable[[Random, etree._Element, Elements], None], ...] = (
    _refill, _refill, _refill, _drop, _drop, _twin, _move, _swap, _rename, _attribute, _nest
)  # fmt: skip


def values_of(random: Random, body: bytes) -> bytes:
    """Swap, drop, nest and refill values of a JSON message; it stays JSON."""
    data = orjson.loads(body)
    for _ in range(random.choice((1, 1, 2, 4))):
        holders = list(_holders(data))
        if not holders:
            break
        holder = random.choice(holders)
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if keys:
            random.choice(_VALUE_WAYS)(random, holder, random.choice(keys))
    return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


def _holders(data: Any) -> Any:
    if isinstance(data, (dict, list)):
        yield data
        for child in data.values() if isinstance(data, dict) else data:
            yield from _holders(child)


def _odd(random: Random, holder: Any, key: Any) -> None:
    holder[key] = copy.deepcopy(random.choice(ODD_VALUES))


def _odd_text(random: Random, holder: Any, key: Any) -> None:
    holder[key] = random.choice(ODD_TEXTS)


def _lose(_: Random, holder: Any, key: Any) -> None:
    del holder[key]


def _wrap(random: Random, holder: Any, key: Any) -> None:
    for _ in range(random.choice((1, 2, 70))):
        holder[key] = [holder[key]] if random.random() < 0.5 else {"info": holder[key]}


def _mix(random: Random, holder: Any, key: Any) -> None:
    other = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


def _extra(random: Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[random.choice(ODD_TEXTS)] = holder[key]
    else:
        holder.append(copy.deepcopy(holder[key]))


_VALUE_WAYS: tuple[Callable[[Random, Any, Any], None], ...] = (
    _odd, _odd, _odd_text, _odd_text, _odd_text, _lose, _wrap, _mix, _extra
)  # fmt: skip

"""CAP XML to plain data, safely: no DTD, no entities, no network, bounded depth and size."""

import re
from dataclasses import dataclass, field
from typing import cast

from lxml import etree
from pydantic.alias_generators import to_snake

from warnbroker.cap.document import MAX_DEPTH, MAX_NODES, MEBIBYTE, Document, quote
from warnbroker.cap.shape import CHILDREN, NAMESPACE, REPEATABLE, child_path
from warnbroker.errors import AlertError, Fault, TooLargeError, UnreadableError

_SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
_SCHEMA_HINT = "{http://www.w3.org/2001/XMLSchema-instance}"
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"'>]{1,40})[\"']")
_SPACE = re.compile(rb"\s*")
_PROLOG_SKIPS = ((b"<!--", b"-->"), (b"<?", b"?>"))

Data = dict[str, object]


def load_xml(body: bytes, limit: int = MEBIBYTE) -> Document:
    """Read a CAP 1.2 message; faults of order and place are in the document.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes.
        UnreadableError: it is not well-formed UTF-8 XML, or not safe to read.
        AlertError: it is XML, but no CAP alert.
    """
    root = safe_tree(body, limit)
    name = etree.QName(root)
    if name.localname != "alert":
        text = f"the root element is <{name.localname[:40]}>; send one CAP <alert>"
        raise AlertError([Fault("cap.alert.root", text, line=_line(root))])
    reader = _Reader(name.namespace or "")
    data = reader.read(root, "alert", "")
    return Document(data, reader.lines, tuple(reader.faults))


def safe_tree(body: bytes, limit: int = MEBIBYTE) -> etree._Element:
    """Read any XML as safely as CAP; comments and processing instructions are left out.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes.
        UnreadableError: it is not well-formed UTF-8 XML, or not safe to read.
    """
    if len(body) > limit:
        raise TooLargeError(f"the message has {len(body)} bytes; the limit is {limit}")
    return tree_of(_utf8(body))


def tree_of(body: bytes) -> etree._Element:
    """Read XML that is known to be UTF-8, whatever its declaration says.

    Raises:
        UnreadableError: it is not well-formed, or not safe to read.
    """
    root = _parse(body)
    _refuse_bombs(root)
    return root


def _utf8(body: bytes) -> bytes:
    body = body.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARATION.match(body)
    if declared and declared[1].lower() not in {b"utf-8", b"utf8", b"us-ascii", b"ascii"}:
        raise UnreadableError(f"the encoding is {quote(declared[1].decode('latin-1'))}; send UTF-8")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 at byte {error.start}; send the XML as UTF-8") from None
    return body


def _has_doctype(body: bytes) -> bool:
    """Say whether a DOCTYPE stands before the root element, the only place where XML allows one."""
    at = 0
    while True:
        space = _SPACE.match(body, at)
        at = space.end() if space else at
        end = next((end for start, end in _PROLOG_SKIPS if body.startswith(start, at)), b"")
        if not end:
            return body.startswith(b"<!", at)
        found = body.find(end, at)
        if found < 0:
            return False
        at = found + len(end)


def _parse(body: bytes) -> etree._Element:
    if _has_doctype(body):
        raise UnreadableError("a DOCTYPE is not allowed in a CAP message; remove it")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        reason = str(error).splitlines()[0] if str(error) else "the body is empty"
        raise UnreadableError(f"not well-formed XML: {reason[:200]}") from None


def _refuse_bombs(root: etree._Element) -> None:
    depth = nodes = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        nodes += 1
        if depth > MAX_DEPTH:
            raise UnreadableError(f"elements are nested more than {MAX_DEPTH} deep")
        if nodes > MAX_NODES:
            raise UnreadableError(f"there are more than {MAX_NODES} elements")


def _line(element: etree._Element) -> int | None:
    # The stubs call the line an ellipsis.
    return cast("int | None", element.sourceline)


@dataclass
class _Reader:
    """Walks one tree by CAP's outline and notes what stands where it must not."""

    namespace: str
    faults: list[Fault] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def read(self, element: etree._Element, name: str, path: str) -> Data:
        """Return an element's children as data; ``path`` is the element's own."""
        self._note(element, path)
        if name == "alert" and self.namespace != NAMESPACE:
            self._fault(element, "", "cap.namespace", f'write xmlns="{NAMESPACE}" on <alert>')
        self._check_loose_text(element, name, path)
        data: Data = {}
        latest = -1
        for child in element:
            known = self._known(child, name, path)
            if known is None:
                continue
            position = CHILDREN[name].index(known)
            self._check_order(child, name, path, (position, latest))
            latest = max(latest, position)
            self._add(data, child, known, path)
        return data

    def _known(self, child: etree._Element, parent: str, path: str) -> str | None:
        tag = etree.QName(child)
        if tag.namespace == _SIGNATURE_NAMESPACE and parent == "alert":
            return None
        if (tag.namespace or "") == self.namespace and tag.localname in CHILDREN[parent]:
            return tag.localname
        shown = quote(tag.localname)
        text = f"CAP 1.2 has no {shown} in <{parent}>; remove it"
        self._fault(child, child_path(path, shown), f"cap.{to_snake(parent)}.unknown", text)
        return None

    def _add(self, data: Data, child: etree._Element, name: str, path: str) -> None:
        if name in REPEATABLE:
            items = cast("list[object]", data.setdefault(name, []))
            items.append(self._value(child, name, child_path(path, name, len(items))))
            return
        value = self._value(child, name, child_path(path, name))
        if name in data:
            text = f"<{name}> may stand only once here; remove the others"
            self._fault(child, child_path(path, name), "cap.element.repeated", text)
        data.setdefault(name, value)

    def _value(self, element: etree._Element, name: str, path: str) -> object:
        if name in CHILDREN:
            return self.read(element, name, path)
        self._note(element, path)
        if len(element):
            text = f"<{name}> holds plain text only; escape < as &lt; or remove the markup"
            self._fault(element, path, "cap.element.markup", text)
        return "".join(str(piece) for piece in element.itertext())

    def _check_order(
        self, child: etree._Element, parent: str, path: str, places: tuple[int, int]
    ) -> None:
        position, latest = places
        if position < latest:
            names = CHILDREN[parent]
            text = f"<{names[position]}> must stand before <{names[latest]}> in <{parent}>"
            self._fault(child, child_path(path, names[position]), "cap.element.order", text)

    def _check_loose_text(self, element: etree._Element, name: str, path: str) -> None:
        loose = (element.text or "", *(child.tail or "" for child in element))
        if any(piece.strip() for piece in loose):
            text = f"<{name}> holds elements only; remove the text between them"
            self._fault(element, path, "cap.element.text", text)

    def _note(self, element: etree._Element, path: str) -> None:
        line = _line(element)
        if line is not None:
            self.lines[path] = line
        if any(not str(name).startswith(_SCHEMA_HINT) for name in element.attrib):
            text = "CAP elements have no attributes; remove them"
            self._fault(element, path, "cap.element.attribute", text)

    def _fault(self, element: etree._Element, path: str, rule: str, text: str) -> None:
        self.faults.append(Fault(rule, text, path, line=_line(element)))

"""An element of a relayed message with its children by name, in whatever order they stood."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml import etree

from warnbroker.cap.document import quote
from warnbroker.cap.relay.register import Register
from warnbroker.cap.shape import CHILDREN, NAMESPACE, REPEATABLE, child_path

VERSIONS = {
    NAMESPACE: "1.2",
    "urn:oasis:names:tc:emergency:cap:1.1": "1.1",
    "http://www.incident.com/cap/1.0": "1.0",
}
"""The namespaces of CAP."""

SIGNATURE_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
_SCHEMA_HINT = "{http://www.w3.org/2001/XMLSchema-instance}"
_BY_CASE = {parent: {name.casefold(): name for name in names} for parent, names in CHILDREN.items()}


@dataclass(slots=True)
class Node:
    """One element: where it stood, its own text, and its children that CAP knows."""

    name: str
    path: str
    line: int | None
    text: str = ""
    children: dict[str, list["Node"]] = field(default_factory=dict)

    def one(self, name: str) -> "Node | None":
        """Return the first child of a name."""
        return next(iter(self.children.get(name, ())), None)

    def many(self, name: str) -> list["Node"]:
        """Return the children of a name, in their order."""
        return self.children.get(name, [])

    def words(self, name: str) -> str:
        """Return the text of the first child of a name, empty where there is none."""
        child = self.one(name)
        return child.text if child else ""


def namespace_of(element: etree._Element) -> str:
    """Return an element's namespace, empty where it has none."""
    return etree.QName(element).namespace or ""


def read_node(element: etree._Element, register: Register) -> Node:
    """Read an ``<alert>`` element and all below it."""
    return _Reader(namespace_of(element), register).read(element, "alert", "")


@dataclass(slots=True)
class _Reader:
    namespace: str
    register: Register

    def read(self, element: etree._Element, name: str, path: str) -> Node:
        # The stubs call the line an ellipsis.
        node = Node(name, path, cast("int | None", element.sourceline))
        self._judge(element, node)
        if name not in CHILDREN:
            node.text = self._text(element, node)
            return node
        latest = -1
        for child in element:
            known = self._known(child, node)
            if known is not None:
                latest = self._add(child, known, node, latest)
        self._loose(element, node)
        return node

    def _add(self, child: etree._Element, name: str, node: Node, latest: int) -> int:
        order = CHILDREN[node.name]
        place = order.index(name)
        same = node.children.setdefault(name, [])
        path = child_path(node.path, name, len(same) if name in REPEATABLE else None)
        line = cast("int | None", child.sourceline)
        if same and name not in REPEATABLE:
            self.register.note("relay.element.repeated", path, line, name=name)
            return latest
        if place < latest:
            self.register.note("relay.element.order", path, line, name=name, later=order[latest])
        same.append(self.read(child, name, path))
        return max(place, latest)

    def _known(self, child: etree._Element, node: Node) -> str | None:
        tag = etree.QName(child)
        space, line = tag.namespace or "", cast("int | None", child.sourceline)
        if space == SIGNATURE_NAMESPACE and node.name == "alert":
            return None
        name = _BY_CASE[node.name].get(tag.localname.casefold())
        own = space in {"", self.namespace} or space in VERSIONS
        shown = quote(tag.localname)
        if name is None or not own:
            path = child_path(node.path, shown)
            self.register.note("relay.element.unknown", path, line, name=shown, parent=node.name)
            return None
        path = child_path(node.path, name)
        if name != tag.localname:
            self.register.note("relay.element.case", path, line, name=shown, taken=name)
        if space != self.namespace:
            self.register.note("relay.namespace", path, line, name=name)
        return name

    def _judge(self, element: etree._Element, node: Node) -> None:
        if any(not str(name).startswith(_SCHEMA_HINT) for name in element.attrib):
            self.register.note("relay.element.attribute", node.path, node.line, name=node.name)

    def _text(self, element: etree._Element, node: Node) -> str:
        if len(element):
            self.register.note("relay.element.markup", node.path, node.line, name=node.name)
        return "".join(str(piece) for piece in element.itertext())

    def _loose(self, element: etree._Element, node: Node) -> None:
        if any(piece.strip() for piece in _between(element)):
            if node.name in {"eventCode", "parameter", "geocode"}:
                node.text = element.text or ""
            if not node.text.strip():
                self.register.note("relay.element.text", node.path, node.line, name=node.name)


def _between(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        yield child.tail or ""

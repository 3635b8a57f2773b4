"""GB/T XML to plain data, as safely as CAP is read, whatever the order of elements."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from lxml import etree

from warnbroker.cap.document import MEBIBYTE, shorten
from warnbroker.cap.gbt.faults import fault
from warnbroker.cap.gbt.loss import Loss
from warnbroker.cap.gbt.outline import ALIASES, CHILDREN, NAMESPACES, REPEATED, REQUIRED
from warnbroker.cap.text import tidy
from warnbroker.cap.xml_reader import safe_tree
from warnbroker.errors import AlertError, Fault

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A message as plain data: texts, lists of what may repeat, ``xmlns``; and what is unknown.

    What is empty is left out. ``code`` is the list of its methods.
    """

    data: Data
    losses: tuple[Loss, ...]


def read_gbt(body: bytes, limit: int = MEBIBYTE) -> Read:
    """Read a GB/T 35965 message.

    Raises:
        TooLargeError: the body is longer than ``limit`` bytes.
        UnreadableError: it is not well-formed UTF-8 XML, or not safe to read.
        AlertError: it is no GB/T message, or what a translation needs is missing.
    """
    root = safe_tree(body, limit)
    reader = _Reader()
    data = reader.read_root(root)
    faults = shorten([*reader.faults, *missing(data)])
    if faults:
        raise AlertError(faults)
    return Read(data, tuple(reader.losses))


def missing(data: Data) -> Iterable[Fault]:
    """Yield a fault for each element that a translation needs and that is empty."""
    yield from _missing(data, "alert", "alert")
    for index, method in enumerate(data.get("code", [])):
        yield from _missing(method, "method", f"code/method[{index}]")
    info = data.get("info")
    if info is None:
        yield fault("gbt.required", "info", "info")
        return
    yield from _missing(info, "info", "info")
    for name in ("resource", "area"):
        for index, item in enumerate(info.get(name, [])):
            yield from _missing(item, name, f"info/{name}[{index}]")
    if not info.get("area"):
        yield fault("gbt.area.required", "info/area")


def _missing(data: Data, name: str, path: str) -> Iterable[Fault]:
    for child in REQUIRED[name]:
        if not data.get(child):
            yield fault("gbt.required", f"{path}/{child}", child)


@dataclass
class _Reader:
    """Walks one tree and notes what cannot be taken."""

    namespace: str = ""
    faults: list[Fault] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)

    def read_root(self, root: etree._Element) -> Data:
        """Return the message's data."""
        name = etree.QName(root)
        self.namespace = name.namespace or ""
        if name.localname != "alert":
            raise AlertError([fault("gbt.root", "", name.localname, _line(root))])
        if self.namespace not in NAMESPACES:
            raise AlertError([fault("gbt.namespace", "", self.namespace, _line(root))])
        data = self._read(root, "alert", "alert")
        data["xmlns"] = self.namespace
        return data

    def _read(self, element: etree._Element, name: str, path: str) -> Data:
        data: Data = {}
        for child in element:
            known = self._known(child, name, path)
            if known is not None:
                self._add(data, child, known, _join(path, known))
        return {key: value for key, value in data.items() if value}

    def _known(self, child: etree._Element, parent: str, path: str) -> str | None:
        tag = etree.QName(child)
        name = ALIASES.get(tag.localname, tag.localname)
        if (tag.namespace or "") == self.namespace and name in CHILDREN[parent]:
            return name
        text = "".join(str(piece) for piece in child.itertext()).strip()
        self.losses.append(Loss("element.unknown", _join(path, tag.localname[:40]), text[:80]))
        return None

    def _add(self, data: Data, child: etree._Element, name: str, path: str) -> None:
        if name in REPEATED:
            items = cast("list[Data]", data.setdefault(name, []))
            items.append(self._read(child, name, f"{path}[{len(items)}]"))
            return
        if name in data:
            self.faults.append(fault("gbt.repeated", path, name, _line(child)))
            return
        if name == "code":
            data[name] = self._read(child, name, path).get("method", [])
        elif name in CHILDREN:
            data[name] = self._read(child, name, path)
        else:
            data[name] = tidy("".join(str(piece) for piece in child.itertext()))


def _join(path: str, name: str) -> str:
    """Write a path as docs and parameters do: info and code begin anew, below no alert."""
    return name if path == "alert" and name in {"info", "code"} else f"{path}/{name}"


def _line(element: etree._Element) -> int | None:
    return cast("int | None", element.sourceline)

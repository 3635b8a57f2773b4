"""Plain data to GB/T XML: every element, in its order, as implementers write it."""

from collections.abc import Mapping
from typing import Any

from lxml import etree

from warnbroker.cap.gbt.outline import CHILDREN, REPEATED


def write_gbt(data: Mapping[str, Any]) -> bytes:
    """Return the XML of a message, in UTF-8; what is empty stands as an empty element."""
    namespace = str(data.get("xmlns", ""))
    # The stubs forget that None names the default namespace.
    spaces = {None: namespace} if namespace else None
    root = etree.Element(_tag(namespace, "alert"), nsmap=spaces)  # type: ignore[arg-type]
    _fill(root, "alert", namespace, data)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _fill(parent: etree._Element, name: str, namespace: str, data: Mapping[str, Any]) -> None:
    for child in CHILDREN[name]:
        found = data.get(child, [] if child in REPEATED else "")
        for value in found if child in REPEATED else [found]:
            element = etree.SubElement(parent, _tag(namespace, child))
            if child == "code":
                _fill(element, child, namespace, {"method": value or []})
            elif child in CHILDREN:
                _fill(element, child, namespace, value)
            else:
                element.text = str(value) or None


def _tag(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name

"""The rules of form: what the readers of XML and JSON find before anything is judged."""

from collections.abc import Iterator

from pydantic.alias_generators import to_snake

from warnbroker.cap.rules.catalogue.entry import Entry
from warnbroker.cap.shape import CHILDREN

_XSD = "CAP 1.2, 3.4 (schema)"
_XML = "CAP 1.2, 3.5; W3C XML 1.0"
_TIME = "CAP 1.2, 3.3.2"

_REQUIRED = {
    "alert": "identifier sender sent status msgType scope",
    "info": "category event urgency severity certainty",
    "eventCode": "valueName value",
    "parameter": "valueName value",
    "resource": "resourceDesc mimeType",
    "area": "areaDesc",
    "geocode": "valueName value",
}

_WORDS = {
    "alert": "status msgType scope",
    "info": "category responseType urgency severity certainty",
}


def _required() -> Iterator[Entry]:
    for parent, names in _REQUIRED.items():
        for name in names.split():
            yield Entry(
                f"cap.{to_snake(parent)}.{to_snake(name)}.required",
                _XSD,
                f"{name} is missing; every {parent} needs it",
                f"缺少 {name}；每个 {parent} 都必须有此元素",
            )


def _words() -> Iterator[Entry]:
    for parent, names in _WORDS.items():
        for name in names.split():
            yield Entry(
                f"cap.{to_snake(parent)}.{to_snake(name)}.value",
                _XSD,
                f"{name} is none of the words that CAP has for it",
                f"{name} 的取值不在 CAP 规定的词汇之内",
            )


def _unknown() -> Iterator[Entry]:
    for parent in CHILDREN:
        yield Entry(
            f"cap.{to_snake(parent)}.unknown",
            _XSD,
            f"CAP 1.2 has no such element in {parent}; remove it",
            f"CAP 1.2 的 {parent} 没有这个元素；请删除",
        )


FORM: tuple[Entry, ...] = (
    Entry(
        "file.unreadable",
        _XML,
        "the file is neither well-formed XML nor JSON in UTF-8, holds a DTD, or is too large",
        "文件无法读取：不是 UTF-8 编码的合规 XML 或 JSON，或含有 DTD，或过大",
    ),
    Entry(
        "cap.alert.root",
        _XSD,
        "the root element is not <alert>; send one CAP message",
        "根元素不是 <alert>；请发送一条 CAP 消息",
    ),
    Entry(
        "cap.namespace",
        _XSD,
        'write xmlns="urn:oasis:names:tc:emergency:cap:1.2" on <alert>',
        '<alert> 上须写明 xmlns="urn:oasis:names:tc:emergency:cap:1.2"',
    ),
    Entry(
        "cap.element.order",
        _XSD,
        "an element stands after one that it must precede",
        "元素顺序有误；请按 CAP 1.2 规定的顺序排列",
    ),
    Entry(
        "cap.element.repeated",
        _XSD,
        "an element stands twice that may stand only once; remove the others",
        "该元素只能出现一次；请删除多余的",
    ),
    Entry(
        "cap.element.attribute",
        _XSD,
        "CAP elements have no attributes; remove them",
        "CAP 元素不带属性；请删除",
    ),
    Entry(
        "cap.element.markup",
        _XSD,
        "an element that holds plain text holds markup; escape < as &lt; or remove it",
        "该元素只能含纯文本；请将 < 转义为 &lt;，或删除标记",
    ),
    Entry(
        "cap.element.text",
        _XSD,
        "text stands between elements; remove it",
        "元素之间夹有文字；请删除",
    ),
    Entry(
        "cap.text.character_reference",
        "CAP 1.2, 3.5",
        "characters are written as numeric references; write them as they are, in UTF-8",
        "字符以数字引用形式书写；请直接以 UTF-8 书写该字符",
        "warning",
    ),
    Entry(
        "cap.json.repeated",
        "RFC 8259, 4",
        "a key stands twice in one object; keep one",
        "同一对象中某个键出现两次；请只保留一个",
    ),
    Entry(
        "cap.type", _XSD, "a value is of the wrong type", "取值类型有误；应为文本或 CAP 元素对象"
    ),
    Entry(
        "cap.characters",
        "W3C XML 1.0, 2.2",
        "the text holds a character that XML does not allow; remove it",
        "文本中含有 XML 不允许的字符；请删除",
    ),
    Entry(
        "cap.words.form",
        "CAP 1.2, 3.2.1 addresses, incidents",
        "words are parted by spaces; what holds a space stands in double quotes",
        "各项以空格分隔；含有空格的项须加双引号，且双引号须成对",
    ),
    Entry(
        "cap.number.form",
        _XSD,
        "a number is malformed; write such as 12.5",
        "数字格式有误；应写作 12.5 等",
    ),
    Entry(
        "cap.time.form",
        _TIME,
        "times are written 2026-11-23T02:10:00+08:00",
        "时间格式有误；应写作 2026-11-23T02:10:00+08:00",
    ),
    Entry(
        "cap.time.zone",
        _TIME,
        "a time has no offset; write such as +08:00 after it",
        "时间缺少时区偏移；应在其后写明 +08:00 等",
    ),
    Entry(
        "cap.time.z",
        _TIME,
        "a time uses Z; write the offset, -00:00 for UTC",
        "时间不得使用 Z；须写明时区偏移，UTC 写作 -00:00",
    ),
    Entry(
        "cap.time.fraction",
        _TIME,
        "a time has fractions of seconds; remove them",
        "时间不得含有小数秒；请删除",
    ),
    Entry(
        "cap.time.calendar",
        _TIME,
        "there is no such date, time or offset",
        "不存在这样的日期、时间或时区偏移",
    ),
    Entry(
        "cap.time.zero",
        _TIME,
        "write UTC as -00:00, not +00:00",
        "UTC 应写作 -00:00，而非 +00:00",
        "warning",
    ),
    Entry(
        "cap.alert.references.form",
        "CAP 1.2, 3.2.1 references",
        "references are sender,identifier,sent, parted by spaces",
        "引用应写作 sender,identifier,sent，各条以空格分隔",
    ),
    Entry(
        "cap.area.polygon.form",
        "CAP 1.2, 3.2.4 polygon",
        "a polygon is latitude,longitude pairs parted by spaces",
        "多边形应为以空格分隔的“纬度,经度”坐标",
    ),
    Entry(
        "cap.area.polygon.hole",
        "CAP 1.2, 3.2.4 polygon",
        "CAP polygons have no holes; cut the area into polygons without holes",
        "CAP 多边形不能有空洞；请切分为没有空洞的多边形",
    ),
    Entry(
        "cap.area.circle.form",
        "CAP 1.2, 3.2.4 circle",
        "a circle is latitude,longitude, a space, and the radius in kilometres",
        "圆形应写作“纬度,经度 半径”，半径以千米为单位",
    ),
    Entry(
        "cap.faults.more",
        "warnbroker",
        "more faults follow; correct these first",
        "后面还有更多错误；请先更正以上各项",
    ),
    *_required(),
    *_words(),
    *_unknown(),
)
"""In the order of the page of rules."""

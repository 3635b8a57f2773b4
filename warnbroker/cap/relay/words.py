"""What can be wrong with a relayed message, in words: one row for each defect.

``warning`` marks what has one plain meaning and was put right; ``error`` marks what was lost
or had to be taken for something else.
"""

from collections.abc import Mapping
from typing import NamedTuple

ERROR, WARNING = "error", "warning"


class Wording(NamedTuple):
    """How grave a defect is, and its texts; their blanks are filled where it is found."""

    level: str
    english: str
    chinese: str


DEFECTS: Mapping[str, Wording] = {
    "relay.encoding.other": Wording(
        WARNING, "written in {name}, not UTF-8", "编码为 {name}，而不是 UTF-8"
    ),
    "relay.encoding.wrong": Wording(
        ERROR, "declared as {name}, but read as {taken}", "声明的编码为 {name}，实际按 {taken} 读取"
    ),
    "relay.version": Wording(
        WARNING, "CAP {version}; republished as CAP 1.2", "CAP {version} 版；按 CAP 1.2 版转发"
    ),
    "relay.namespace": Wording(
        WARNING, "<{name}> is not in the namespace of CAP 1.2", "<{name}> 不在 CAP 1.2 命名空间内"
    ),
    "relay.element.unknown": Wording(
        WARNING,
        "CAP 1.2 has no {name} in <{parent}>; left out",
        "CAP 1.2 的 <{parent}> 中没有 {name}；已略去",
    ),
    "relay.element.case": Wording(
        WARNING, "{name} is taken for <{taken}>", "{name} 按 <{taken}> 读取"
    ),
    "relay.element.order": Wording(
        WARNING,
        "<{name}> stands after <{later}>; put into CAP's order",
        "<{name}> 位于 <{later}> 之后；已按 CAP 的次序排列",
    ),
    "relay.element.repeated": Wording(
        ERROR,
        "<{name}> stands more than once; the first is taken",
        "<{name}> 出现多次；取第一个",
    ),
    "relay.element.text": Wording(
        ERROR,
        "text between the elements of <{name}>; left out",
        "<{name}> 的元素之间有文字；已略去",
    ),
    "relay.element.markup": Wording(
        WARNING, "<{name}> holds markup; its text is kept", "<{name}> 中含有标记；只保留文字"
    ),
    "relay.element.attribute": Wording(
        WARNING, "<{name}> has attributes; left out", "<{name}> 带有属性；已略去"
    ),
    "relay.element.empty": Wording(WARNING, "<{name}> is empty; left out", "<{name}> 为空；已略去"),
    "relay.element.missing": Wording(
        ERROR, "<{name}> is missing; read as {taken}", "缺少 <{name}>；按 {taken} 处理"
    ),
    "relay.identifier.missing": Wording(
        ERROR,
        "identifier is missing or too long; {taken} stands for it",
        "identifier 缺失或过长；以 {taken} 代替",
    ),
    "relay.value.form": Wording(WARNING, "{shown} is read as {taken}", "{shown} 按 {taken} 读取"),
    "relay.value.unknown": Wording(
        ERROR,
        "{shown} is no value of {name}; read as {taken}",
        "{shown} 不是 {name} 的取值；按 {taken} 处理",
    ),
    "relay.value.dropped": Wording(
        ERROR, "{shown} cannot be read as {name}; left out", "{shown} 无法读作 {name}；已略去"
    ),
    "relay.time.form": Wording(
        WARNING,
        "{shown} is not in CAP's form; read as {taken}",
        "{shown} 不符合 CAP 的时间格式；按 {taken} 读取",
    ),
    "relay.time.zone": Wording(
        ERROR, "{shown} has no offset; read as {taken}", "{shown} 没有时区偏移；按 {taken} 读取"
    ),
    "relay.time.unreadable": Wording(
        ERROR, "{shown} is no time; left out", "{shown} 不是时间；已略去"
    ),
    "relay.language.missing": Wording(
        WARNING,
        "no language is given; by CAP that means en-US",
        "未写明语种；按 CAP 规定视为 en-US",
    ),
    "relay.pair.form": Wording(
        WARNING,
        "{shown} is plain text; read as valueName and value",
        "{shown} 是纯文本；拆分为 valueName 和 value",
    ),
    "relay.polygon.open": Wording(
        WARNING,
        "the polygon is open; closed with its first position",
        "多边形未闭合；已用首个坐标闭合",
    ),
    "relay.polygon.unreadable": Wording(
        ERROR,
        "{shown} is no polygon; left out, so the area cannot be placed",
        "{shown} 不是多边形；已略去，该区域无法定位",
    ),
    "relay.circle.unreadable": Wording(
        ERROR,
        "{shown} is no circle; left out, so the area cannot be placed",
        "{shown} 不是圆；已略去，该区域无法定位",
    ),
    "relay.resource.too_large": Wording(
        ERROR,
        "derefUri holds {size} bytes, more than {limit}; left out",
        "derefUri 有 {size} 字节，超过 {limit}；已略去",
    ),
    "relay.info.count": Wording(
        ERROR,
        "there are {count} infos; those after the first {most} are left out",
        "共有 {count} 个 info；只保留前 {most} 个",
    ),
    "relay.faults.more": Wording(
        ERROR, "there are more defects than are listed", "还有更多缺陷未列出"
    ),
    "relay.area.unplaced": Wording(
        ERROR,
        "the area cannot be placed, so nobody is told because of it: {why}",
        "该区域无法定位，因此不据此通知任何人：{why}",
    ),
    "relay.platform": Wording(
        ERROR,
        "{platform} may not warn of it ({why}), so nobody is told",
        "{platform} 无权就此预警（{why}），因此不通知任何人",
    ),
    "relay.signature": Wording(
        ERROR,
        "its signature is not good, so nobody is told",
        "数字签名无效，因此不通知任何人",
    ),
    "relay.expired": Wording(
        ERROR, "it had expired when it came, so nobody is told", "收到时已失效，因此不通知任何人"
    ),
    "relay.references.own": Wording(
        ERROR,
        "it refers to {shown}, which is not of this sender here; that stays as it is",
        "它引用的 {shown} 在本平台不属于该发布者；原预警保持不变",
    ),
}

"""What makes a translation impossible, in Chinese and English."""

from collections.abc import Mapping

from warnbroker.cap.document import quote
from warnbroker.errors import AlertError, Fault

FAULTS: Mapping[str, tuple[str, str]] = {
    "gbt.root": (
        "the root element is {}; send one GB/T 35965 <alert>",
        "根元素是 {}，请发送一个 GB/T 35965 的 <alert>",
    ),
    "gbt.namespace": (
        "the namespace {} is not known; write http://com.icss.amp or none",
        "命名空间 {} 无法识别，请使用 http://com.icss.amp 或不写",
    ),
    "gbt.repeated": ("{} may stand only once here", "{} 在此只能出现一次"),
    "gbt.required": ("{} is missing or empty", "缺少 {} 或其为空"),
    "gbt.value": ("the value {} is none that GB/T has here", "取值 {} 不在国标允许的范围内"),
    "gbt.msg_type": (
        "{} cannot be carried; only Alert, Update and Cancel can",
        "{} 无法转换，只支持 Alert、Update 和 Cancel",
    ),
    "gbt.scope": (
        "the scope {} cannot be carried; only Public can",
        "范围 {} 无法转换，只支持 Public",
    ),
    "gbt.status": ("the status {} cannot be carried", "状态 {} 无法转换"),
    "gbt.time.form": (
        "{} is no time; write YYYY-MM-DD hh:mm:ss+08:00",
        "{} 不是时间，请写成 YYYY-MM-DD hh:mm:ss+08:00",
    ),
    "gbt.identifier.form": (
        "{} is no identifier; write 14 digits of the issuer, _, YYYYMMDDhhmmss, and _N if needed",
        "{} 不是合法标识，格式为 14 位单位编码_YYYYMMDDhhmmss[_N]",
    ),
    "gbt.sender.unknown": (
        "no authority here belongs to {}; set authorities.*.gbt_code and senders",
        "本平台没有与 {} 对应的单位，请设置 authorities.*.gbt_code 和 senders",
    ),
    "gbt.note.required": (
        "a Cancel must say in note why the warning is lifted",
        "解除预警必须在 note 中说明原因",
    ),
    "gbt.references.required": (
        "{} must name the first message in references",
        "{} 必须在 references 中写明首发消息",
    ),
    "gbt.method.none": (
        "it names {} only, and no channel here serves that; nobody would be told",
        "只指定了 {}，本平台没有对应渠道，将无人收到",
    ),
    "gbt.polygon.form": (
        "{} is no outline; write at least two latitude,longitude pairs parted by spaces",
        "{} 不是合法图形，请写至少两个以空格分隔的“纬度,经度”",
    ),
    "gbt.polygon.open": (
        "the outline is open, so it is a line and no area; close it, or say how wide it is",
        "图形未封闭，是线而不是面，请将其封闭或指定宽度",
    ),
    "gbt.position.order": (
        "the positions look like longitude,latitude; write latitude,longitude",
        "坐标似乎是“经度,纬度”，请改为“纬度,经度”",
    ),
    "gbt.circle.form": (
        "{} is no circle; write latitude,longitude, a space, the radius in metres",
        "{} 不是合法的圆，请写“纬度,经度 半径（米）”",
    ),
    "gbt.geocode.form": (
        "{} is no division code of 6 to 14 digits",
        "{} 不是 6 至 14 位的行政区划代码",
    ),
    "gbt.geocode.required": (
        "GB/T needs a Chinese division code (GB/T 2260) for the area {}; add a geocode",
        "国标要求区域 {} 带有行政区划代码（GB/T 2260），请补充",
    ),
    "gbt.area.required": ("GB/T needs an area", "国标要求至少有一个区域"),
    "gbt.info.required": ("GB/T needs a Chinese info; add one in zh-CN", "国标要求有中文 info"),
    "gbt.info.several": (
        "GB/T carries one event a message; send one alert for each of the {}",
        "国标每条消息只带一个事件，请将 {} 个事件分开发送",
    ),
    "gbt.event_type.required": (
        "GB/T needs an event code such as 11B01; add an eventCode GB/T 35965",
        "国标要求有事件编码（如 11B01），请补充 eventCode GB/T 35965",
    ),
}
"""Every reason for which a message is not translated: English and Chinese."""


def fault(rule: str, path: str, value: object = "", line: int | None = None) -> Fault:
    """Make a fault; ``value`` is shown in its text."""
    english, chinese = FAULTS[rule]
    shown = quote(value)
    return Fault(rule, english.format(shown), path, line=line, chinese=chinese.format(shown))


def refusal(rule: str, path: str, value: object = "") -> AlertError:
    """Make the error of one fault."""
    return AlertError([fault(rule, path, value)])

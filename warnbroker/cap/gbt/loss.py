"""What a translation could not carry over, and why, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass

REASONS: Mapping[str, tuple[str, str]] = {
    "element.unknown": (
        "the form has no such element that we know; it is left out",
        "该格式中没有我们认识的这一元素，已略去",
    ),
    "phone.private": (
        "the duty office's telephone must not stand in a public message",
        "发布单位手机号码不得出现在公开消息中",
    ),
    "audience.persons": (
        "single persons' numbers must not stand in a public message; tell them yourself",
        "个人号码不得出现在公开消息中，请自行通知这些对象",
    ),
    "method.unserved": (
        "no channel here serves this method; nobody is told by it from here",
        "本平台没有对应的发布渠道，不会通过该手段发布",
    ),
    "method.loudspeaker": (
        "loudspeaker vans take the place of fixed loudspeakers",
        "以宣传车代替固定大喇叭",
    ),
    "method.text": (
        "two methods share one channel; the text of the first is used",
        "两种手段对应同一渠道，采用第一种手段的文本",
    ),
    "method.missing": (
        "no method is named; the configured channels are used",
        "没有指定发布手段，按配置的渠道发布",
    ),
    "method.assumed": (
        "the alert names no channels; the usual methods are written",
        "消息没有指定渠道，写入常用发布手段",
    ),
    "sender.code": (
        "the identifier begins with another issuer's code than senderCode",
        "标识开头的单位编码与 senderCode 不一致",
    ),
    "references.first": (
        "only the first message is known; later live ones are not referenced",
        "只知道首发消息，其后仍有效的消息未被引用",
    ),
    "references.others": (
        "GB/T names the first message only",
        "国标只引用首发消息",
    ),
    "status.exercise": (
        "an exercise goes as Test, and the note says so",
        "演练以 Test 发送，并在 note 中说明",
    ),
    "urgency.unknown": (
        "GB/T says Unknown by convention; ask the issuer how soon people must act",
        "国标按惯例填 Unknown，请向发布单位核实紧急程度",
    ),
    "certainty.unknown": (
        "GB/T says Unknown by convention; ask the issuer how sure it is",
        "国标按惯例填 Unknown，请向发布单位核实可能程度",
    ),
    "certainty.narrowed": (
        "CAP has no VeryLikely; Likely is written",
        "CAP 没有 VeryLikely，改写为 Likely",
    ),
    "certainty.possible": (
        "GB/T has no Possible; Unknown is written",
        "国标没有 Possible，改写为 Unknown",
    ),
    "severity.unknown": (
        "no colour is known, so the table of levels decides",
        "没有颜色等级，由等级表决定",
    ),
    "severity.derived": (
        "the colour was taken from the severity; no parameter states it",
        "颜色由严重程度推得，没有参数说明",
    ),
    "category.derived": (
        "GB/T has no category; it was taken from the event code",
        "国标没有类别，由事件编码推得",
    ),
    "event.derived": (
        "the headline does not name the event in the usual form; its code stands as its name",
        "标题未按惯例写明事件名称，以事件编码代替",
    ),
    "headline.form": (
        "the headline is not of the form sender, 发布 or 解除, event, colour, 预警",
        "标题不符合“单位＋发布/解除＋事件＋颜色＋预警”的格式",
    ),
    "headline.generated": (
        "GB/T prescribes the headline; it was generated",
        "国标规定了标题格式，已按格式生成",
    ),
    "identifier.generated": (
        "GB/T prescribes the identifier; it was generated from issuer and time",
        "国标规定了标识格式，已按单位编码和时间生成",
    ),
    "resource.type": (
        "GB/T has no media type; it was taken from the file's name",
        "国标没有媒体类型，由文件名推得",
    ),
    "resource.size": (
        "the size is no whole number of bytes",
        "附件大小不是字节整数",
    ),
    "resource.content": (
        "GB/T carries the name of a file only; send the file beside the message",
        "国标只带附件文件名，请另行传送附件",
    ),
    "area.union": (
        "CAP's area is the union: the whole of the geocodes counts, not the outline alone",
        "CAP 取并集：行政区划全域有效，而不仅是所绘范围",
    ),
    "area.point": (
        "a circle of radius 0 is a point in which nobody is",
        "半径为 0 的圆只是一个点，其中没有人",
    ),
    "area.line": (
        "a line was widened to a strip, as asked",
        "按要求将线状要素扩展为带状区域",
    ),
    "area.split": (
        "GB/T has one outline an area; the area was written several times",
        "国标每个区域只有一个图形，已拆成多个区域",
    ),
    "geocode.system": (
        "GB/T knows Chinese division codes only",
        "国标只认行政区划代码",
    ),
    "element.uncarried": (
        "GB/T has no place for it",
        "国标没有对应的位置",
    ),
    "language.uncarried": (
        "GB/T carries one Chinese text",
        "国标只带一份中文文本",
    ),
}
"""Every reason for a loss, by its id: English and Chinese."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that a translation could not carry over: where it stood, and what it said."""

    id: str
    path: str
    what: str = ""

    @property
    def why(self) -> str:
        """Return the reason in English."""
        return REASONS[self.id][0]

    @property
    def why_chinese(self) -> str:
        """Return the reason in Chinese."""
        return REASONS[self.id][1]

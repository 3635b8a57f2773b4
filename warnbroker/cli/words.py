"""The terminal's words in Chinese and English, by the locale of the terminal."""

import os
from functools import cache

_CHINESE = {
    "sms": "短信",
    "voice": "电话",
    "email": "电子邮件",
    "feed": "订阅源",
    "broadcast": "广播电视",
    "van": "宣传车",
    "channel": "渠道",
    "accepted": "已受理",
    "delivered": "已送达",
    "confirmed": "已确认",
    "retrying": "重试中",
    "failed": "失败",
    "unknown": "不明",
    "total": "合计",
    "reached": "已触达",
    "in the area": "区域内人数",
    "refused for good": "永久拒收",
    "lost": "遗漏",
    "last correction out after": "末条更正发出用时",
    "It had not left; nobody was told.": "尚未发布，无人收到。",
    "Importing subscribers": "导入用户",
    "Where to look": "查看结果",
    "public page": "公众网页",
    "mail sample": "邮件样例",
    "broadcast package": "广播包",
    "van sheet": "宣传车路线单",
    "what reached the providers": "运营商收到的记录",
    "Nobody was lost.": "无一人遗漏。",
    "too many": "多发",
    "feeds": "订阅源文件",
    "dry run": "预演",
    "nothing is published": "不会发布任何内容",
    "would be told": "将通知人数",
    "population in the area": "区域内人口",
    "no channel is known to reach": "尚无渠道可确认触达",
    "cost": "费用",
    "recipients": "接收方",
    "units": "计费条数",
    "first told": "最早通知",
    "last told": "最晚通知",
    "district": "辖区",
    "population": "人口",
    "unreached": "未覆盖",
    "too late": "来不及",
    "paths": "独立通道数",
    "everybody is told after": "全部通知完毕需时",
    "onset": "灾害开始时间",
    "release no later than": "最迟发布时间",
    "told after the onset": "灾害开始后才收到通知的人数",
    "best remedy": "最佳补救措施",
    "twice as fast:": "提速一倍：",
    "use also:": "增加渠道：",
    "signed by": "签名者：",
    "not good": "签名无效",
    "good:": "签名有效，",
    "loss": "损失",
    "what": "内容",
    "why": "原因",
    "nothing is lost": "没有损失",
    "issues an alert; a second person must release it": "发起预警，须由第二人审批后发布",
    "releases it, having typed": "已键入确认内容并批准发布：",
    "Verifying": "校验记录",
    "Exporting": "导出记录",
    "The record is whole: {entries} entries, {anchors} anchors agree.": (
        "记录完整：共 {entries} 条，{anchors} 个锚点相符。"
    ),
    "The first {unsigned} are of release 0.1 and carry no signature.": (
        "前 {unsigned} 条由 0.1 版写入，未签名。"
    ),
    "Without anchors nobody sees whether its end is missing.": ("没有锚点，无法判断末尾是否缺失。"),
    "A recorded restore gave up entries {first} to {last}.": (
        "一次有记录的恢复操作舍弃了第 {first} 至 {last} 条。"
    ),
    "entries written to {file}.": "条记录已写入 {file}。",
    "Entry {sequence} is anchored.": "第 {sequence} 条已设锚点。",
    "There is nothing to anchor.": "没有可设锚点的记录。",
    "when": "时间",
    "who": "操作人",
    "about": "对象",
    "breach.altered": "第 {sequence} 条已被篡改。",
    "breach.removed": "第 {sequence} 条已被删除。",
    "breach.inserted": "第 {sequence} 条是插入的。",
    "breach.reordered": "第 {sequence} 条的次序已被改动。",
    "breach.truncated": "末尾缺失，自第 {sequence} 条起。",
    "breach.rewritten": "记录已被重写：第 {sequence} 条与锚点不符。",
    "breach.wrongly_signed": "第 {sequence} 条签名无效。",
    "breach.unsigned": "第 {sequence} 条没有签名。",
    "breach.other_key": "第 {sequence} 条由不受信任的密钥签名。",
    "breach.backwards": "第 {sequence} 条的时间早于前一条。",
    "breach.false_anchor": "第 {sequence} 条的锚点签名无效。",
    "THIS IS REAL. Everybody in the area is told.": "真实预警，将通知区域内所有人。",
    "THIS IS A DRILL. Only those who agreed to drills are told.": (
        "演练，只通知同意参加演练的人员。"
    ),
    "THIS IS A TEST. Only those who agreed to drills are told.": (
        "测试，只通知同意参加演练的人员。"
    ),
    "This is between systems. Nobody is told.": "系统间消息，不通知任何人。",
    "status": "状态",
    "level": "级别",
    "area": "区域",
    "people": "人数",
    "kind": "类型",
    "sender": "发布单位",
    "expires": "有效期至",
    "number": "编号",
    "flow": "审批流程",
    "places": "预警范围",
    "steps": "审批环节",
    "state": "环节",
    "waits": "已等待",
    "ends": "剩余有效期",
    "over": "已过期",
    "or": "或",
    "pending": "待审批",
    "held": "暂扣",
    "rejected": "已驳回",
    "withdrawn": "已撤回",
    "lapsed": "未发布已过期",
    "recorded": "仅存档",
    "publishing": "发布中",
    "published": "已发布",
    "waiting": "等待审批",
    "waits for another person of the role": "等待另一人审批，所需角色：",
    "held: another said the same a short time ago": "暂扣：不久前已有内容相同的预警",
    "another person must sign by": "须由另一人补签，截止",
    "To let it go, type what it is. Ctrl-C leaves it waiting.": (
        "批准发布请逐项键入其内容；按 Ctrl-C 则继续等待。"
    ),
    "Nothing waits.": "没有待审批的预警。",
    "Still serving - Ctrl-C ends it.": "仍在运行，按 Ctrl-C 结束。",
}


@cache
def chinese() -> bool:
    """Tell whether the terminal's locale is Chinese."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return locale.lower().startswith("zh")


_ENGLISH = {
    "breach.altered": "Entry {sequence} was altered.",
    "breach.removed": "Entry {sequence} was removed.",
    "breach.inserted": "Entry {sequence} was inserted.",
    "breach.reordered": "Entry {sequence} is not in its place.",
    "breach.truncated": "The end is missing, from entry {sequence} on.",
    "breach.rewritten": "The record was rewritten: entry {sequence} is not what was anchored.",
    "breach.wrongly_signed": "Entry {sequence} is wrongly signed.",
    "breach.unsigned": "Entry {sequence} is not signed.",
    "breach.other_key": "Entry {sequence} is signed with a key that is not believed.",
    "breach.backwards": "Entry {sequence} is dated before the one that it follows.",
    "breach.false_anchor": "The anchor of entry {sequence} is wrongly signed.",
}


def word(text: str) -> str:
    """Return a word of the terminal in the reader's language."""
    english = _ENGLISH.get(text, text)
    return _CHINESE.get(text, english) if chinese() else english

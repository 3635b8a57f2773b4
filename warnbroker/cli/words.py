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
    "where": "位置",
    "what": "内容",
    "why": "原因",
    "nothing is lost": "没有损失",
    "Still serving - Ctrl-C ends it.": "仍在运行，按 Ctrl-C 结束。",
}


@cache
def chinese() -> bool:
    """Tell whether the terminal's locale is Chinese."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return locale.lower().startswith("zh")


def word(text: str) -> str:
    """Return a word of the terminal in the reader's language."""
    return _CHINESE.get(text, text) if chinese() else text

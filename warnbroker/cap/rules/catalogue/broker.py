"""The rules that only the broker can judge: its regions, its ledger, its keys, its people."""

from warnbroker.cap.rules.catalogue.entry import Entry

_PLACE = "warnbroker; nothing is widened or narrowed"
_LEDGER = "warnbroker; the ledger"
_BOUNDS = "warnbroker; bounds the work of one message"
_REFERENCES = "CAP 1.2, 3.2.1 references; IPAWS, CAP-CP, CAP-AU and Google profiles"
_SCOPE = "warnbroker; scope and drills"
_RELEASE = "warnbroker; the release chain"
_REPORT = "warnbroker; reports of incidents"

BROKER: tuple[Entry, ...] = (
    Entry(
        "area.unplaced",
        _PLACE,
        "no polygon, circle or known geocode of the area reaches anybody; add one",
        "该 area 的多边形、圆形或地理编码均不能确定地点；请补充",
    ),
    Entry(
        "info.unplaced",
        _PLACE,
        "the info has no area; add one",
        "该 info 没有 area；请补充",
    ),
    Entry(
        "area.outside",
        _PLACE,
        "the area lies outside all our regions; latitude comes first in CAP",
        "该 area 不在本地任何辖区之内；CAP 坐标纬度在前，请核对经纬度是否颠倒",
    ),
    Entry(
        "area.geocode.unknown",
        _PLACE,
        "no region has this code of a system that we know; correct it",
        "已知编码体系中没有这个区域代码；请更正",
    ),
    Entry(
        "area.polygon.invalid",
        _PLACE,
        "the outline cannot be placed; correct it",
        "多边形轮廓无效；请更正",
    ),
    Entry(
        "area.polygon.antimeridian",
        _PLACE,
        "the polygon spans more than 180° of longitude; cut it in two at 180°",
        "多边形跨越经度超过 180°；请在 180° 经线处分成两个",
    ),
    Entry(
        "area.circle.invalid",
        _PLACE,
        "the radius is negative or less than a metre; give it in kilometres",
        "半径为负数或不足一米；应以千米为单位填写",
    ),
    Entry(
        "area.circle.pole",
        _PLACE,
        "the circle reaches too near a pole; make it smaller",
        "圆形过于接近极点；请缩小半径",
    ),
    Entry(
        "area.read_back",
        _PLACE,
        "the area that would be kept is not the area that was sent",
        "存储的区域与收到的区域不一致",
    ),
    Entry(
        "area.adjacent.left_out",
        "warnbroker; hazards.*.reach",
        "a neighbouring region within the hazard's reach is not warned",
        "灾害影响范围内的相邻区域未被纳入预警",
        "warning",
    ),
    Entry(
        "alert.time.year",
        _BOUNDS,
        "the year cannot be meant; correct it",
        "年份显然有误；请更正",
    ),
    Entry(
        "alert.name.length",
        _BOUNDS,
        "sender and identifier have 500 characters at most",
        "sender 和 identifier 最多 500 个字符",
    ),
    Entry(
        "alert.references.count",
        _BOUNDS,
        "there are 500 references at most",
        "引用最多 500 条",
    ),
    Entry(
        "alert.unwritable",
        _BOUNDS,
        "it cannot be written as CAP XML; send less in one message",
        "无法写成 CAP XML；请减少单条消息的内容",
    ),
    Entry(
        "scope.restriction.unknown",
        _SCOPE,
        "restriction names no list that is configured",
        "restriction 所指的名单不存在",
    ),
    Entry(
        "scope.addresses.unknown",
        _SCOPE,
        "an address is no list, no subscriber's ref, no number and no mailbox",
        "该地址不是名单、用户编号、电话号码或邮箱",
    ),
    Entry(
        "scope.addresses.unreachable",
        _SCOPE,
        "no channel in use here reaches this address",
        "本系统在用的渠道均无法送达该地址",
    ),
    Entry(
        "scope.addresses.drill",
        _SCOPE,
        "a drill may reach only those who agreed to drills, and the sinks of drills",
        "演练只能发给同意接收演练的用户和预设的演练接收端",
    ),
    Entry(
        "scope.list.empty", _SCOPE, "nobody of the list can be reached", "名单中没有可以送达的人"
    ),
    Entry(
        "fan_out.channel",
        _SCOPE,
        "a channel that the issuer names is not in use here",
        "发布单位指定的渠道本系统未使用",
    ),
    Entry(
        "fan_out.audience.blank",
        _SCOPE,
        "a role that the issuer limits the audience to is empty",
        "发布单位限定的人员类别为空",
    ),
    Entry(
        "fan_out.audience",
        _SCOPE,
        "no subscriber has the role that the issuer limits the audience to",
        "没有用户属于发布单位限定的人员类别",
        "warning",
    ),
    Entry(
        "fan_out.text.length",
        _SCOPE,
        "a text of the issuer's own for a channel is longer than 5,000 characters",
        "发布单位为某渠道自拟的文本超过 5000 个字符",
    ),
    Entry(
        "scope.channel",
        _SCOPE,
        "the channel reaches everybody; an alert of limited scope cannot take it",
        "该渠道面向所有人；限定范围的消息不能使用",
    ),
    Entry(
        "scope.internal.authority",
        _SCOPE,
        "no authority with people on duty has this sender",
        "没有任何设有值班人员的单位使用该发送方标识",
    ),
    Entry(
        "scope.drill.public",
        _SCOPE,
        "an announced drill for everybody must be an Exercise or Test of scope Public, "
        "and not internal",
        "面向公众的预告演练须为 Exercise 或 Test，范围为 Public，且不得标为内部",
    ),
    Entry(
        "scope.drill.off",
        _SCOPE,
        "announced drills for everybody are switched off here",
        "本系统未启用面向公众的预告演练",
    ),
    Entry(
        "scope.drill.flow",
        _SCOPE,
        "an announced drill needs a flow of release with two steps at least",
        "面向公众的预告演练须有至少两个步骤的审批流程",
    ),
    Entry(
        "lineage.unknown",
        _LEDGER,
        "it refers to an alert that is not known here",
        "所引用的预警在本系统中不存在",
    ),
    Entry(
        "lineage.sent",
        _LEDGER,
        "it refers to an alert by another time than the one it was sent at",
        "引用中的时间与该预警的发送时间不符",
    ),
    Entry(
        "lineage.pending",
        _LEDGER,
        "the referenced alert waits for approval and has not left",
        "所引用的预警正在等待审批，尚未发布",
    ),
    Entry(
        "lineage.unreleased",
        _LEDGER,
        "the referenced alert never left",
        "所引用的预警从未发布",
    ),
    Entry(
        "lineage.status",
        _LEDGER,
        "the referenced alert is of another status",
        "所引用的预警状态不同",
    ),
    Entry(
        "lineage.scope",
        _LEDGER,
        "the referenced alert is meant for another circle",
        "所引用的预警发布范围不同",
    ),
    Entry(
        "lineage.stranger",
        "CAP 1.2, 3.2.1 sender",
        "the referenced alert is of another sender; it is not changed",
        "所引用的预警属于其他发布单位；不予变更",
    ),
    Entry(
        "lineage.cancelled",
        _REFERENCES,
        "the referenced alert is cancelled already",
        "所引用的预警已被取消",
    ),
    Entry(
        "lineage.expired",
        _REFERENCES,
        "the referenced alert has expired; an Update or Cancel must hit one in force",
        "所引用的预警已过有效期；更新或取消须针对仍然有效的预警",
    ),
    Entry(
        "lineage.reason",
        "warnbroker; two reasons, two texts",
        "the reason of a Cancel is error or lifted",
        "取消原因只能是 error（误发）或 lifted（解除）",
    ),
    Entry(
        "lineage.change",
        "warnbroker; /cancel and /correct",
        "the field cannot be changed by a correction",
        "更正时不能变更该字段",
    ),
    Entry(
        "lineage.language",
        "warnbroker; /cancel and /correct",
        "the alert has no info in that language",
        "该预警没有此语言的 info",
    ),
    Entry(
        "lineage.unchanged",
        "warnbroker; /cancel and /correct",
        "nothing is different from what was told",
        "与已发布内容没有差别",
    ),
    Entry(
        "relay.withheld",
        "warnbroker; causes for which a relayed alert is not republished",
        "no sender or no time of sending can be read; it would be withheld",
        "无法读出发布单位或发送时间；该消息将不予转发",
    ),
    Entry(
        "signature.required",
        "warnbroker; the sender's policy",
        "messages of this sender must be signed",
        "该发布单位的消息必须带数字签名",
    ),
    Entry(
        "signature.invalid",
        "CAP 1.2, 3.3.4.1; W3C XML Signature",
        "the signature is not that of the certificate registered for the sender",
        "数字签名与该发布单位登记的证书不符",
    ),
    Entry(
        "release.confirmation.status",
        _RELEASE,
        "the status confirmed is not that of the alert",
        "所确认的状态与预警不符",
    ),
    Entry(
        "release.confirmation.level",
        _RELEASE,
        "the level confirmed is not that of the alert",
        "所确认的级别与预警不符",
    ),
    Entry(
        "release.confirmation.area",
        _RELEASE,
        "the area confirmed is not that of the alert",
        "所确认的区域与预警不符",
    ),
    Entry(
        "release.confirmation.people",
        _RELEASE,
        "the number of people confirmed is not that of the alert",
        "所确认的人数与预警不符",
    ),
    Entry("release.reason", _RELEASE, "the decision needs a reason", "作出该决定须说明理由"),
    Entry(
        "release.state",
        _RELEASE,
        "nothing is left to decide on it",
        "该预警目前没有待决事项",
    ),
    Entry(
        "release.step",
        _RELEASE,
        "this step was taken, or is not the next",
        "该步骤已经完成，或尚未轮到",
    ),
    Entry(
        "release.expired", _RELEASE, "it expired before it was released", "预警在发布前已过有效期"
    ),
    Entry(
        "release.issuer",
        _RELEASE,
        "the key of its composer was revoked; reject it",
        "拟稿人的密钥已被吊销；请驳回",
    ),
    Entry(
        "release.authority",
        _RELEASE,
        "its composer may not issue it any more; reject it",
        "拟稿人已无权发布；请驳回",
    ),
    Entry(
        "release.cancelled",
        _RELEASE,
        "what it would change was cancelled, or another message took its place; reject it",
        "所要变更的预警已被取消，或已有其他消息取代本预警；请驳回",
    ),
    Entry(
        "release.graver",
        _RELEASE,
        "what it would end became graver after it was composed; reject it, look again",
        "拟稿后所要变更的预警已升级；请驳回，核对后重新拟稿",
    ),
    Entry(
        "report.form",
        _REPORT,
        "a field is missing, unknown or not of its form",
        "缺少字段、字段未知或格式有误",
    ),
    Entry(
        "report.hazard", _REPORT, "name a hazard, in up to 200 letters", "请填写灾种，不超过 200 字"
    ),
    Entry("report.region", _REPORT, "no region has this code", "没有使用该代码的区域"),
    Entry("report.warning", _REPORT, "this is no warning's id", "这不是预警的编号"),
    Entry("report.length", _REPORT, "the text is too long", "文字过长"),
    Entry(
        "report.time.year", _REPORT, "this is a year that cannot be meant", "年份明显有误，请核对"
    ),
    Entry("report.time.future", _REPORT, "the time lies in the future", "所填时间晚于当前时间"),
    Entry(
        "report.time.order",
        _REPORT,
        "nobody knows of it before it happens",
        "获悉时间不能早于发生时间",
    ),
    Entry("report.figures", _REPORT, "there are too many figures", "数字项目过多"),
    Entry(
        "report.figure",
        _REPORT,
        "a figure is a name and a count of 0 or more",
        "每项数字须有名称，数值须为不小于 0 的整数",
    ),
)
"""Those of the ledger carry their own Chinese with what they are about."""

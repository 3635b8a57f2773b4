"""The elements of GB/T 35965: which stand in which, in what order, and what they are in CAP."""

from collections.abc import Mapping

CONTENT_TYPE = "application/gbt35965+xml"
"""Our own name for the form; nobody has registered one."""

NAMESPACE = "http://com.icss.amp"
NAMESPACES = frozenset({NAMESPACE, ""})

CHILDREN: Mapping[str, tuple[str, ...]] = {
    "alert": (
        *("identifier", "sender", "senderCode", "phone", "sendTime", "status", "msgType", "scope"),
        *("code", "secClassification", "note", "references", "info"),
    ),
    "code": ("method",),
    "method": ("methodName", "message", "audienceGrp", "audiencePrt"),
    "info": (
        *("language", "eventType", "urgency", "severity", "certainty", "effective", "onset"),
        *("expires", "senderName", "headline", "description", "instruction", "web"),
        *("resource", "area"),
    ),
    "resource": ("resourceDesc", "size", "digest"),
    "area": ("areaDesc", "polygon", "circle", "geocode"),
}
"""The elements that an element holds, in their order; an element that is no key holds text."""

REPEATED = frozenset({"method", "resource", "area"})

ALIASES: Mapping[str, str] = {"audenceprt": "audiencePrt"}
"""Spellings that implementers really use."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "alert": ("identifier", "sender", "senderCode", "sendTime", "status", "msgType", "scope"),
    "method": ("methodName",),
    "info": ("eventType", "severity", "headline", "description"),
    "resource": ("resourceDesc",),
    "area": ("areaDesc", "geocode"),
}
"""What must not be empty for a translation; the rest of what GB/T asks for has a fallback."""

MAPPING: Mapping[str, str] = {
    "alert/identifier": "identifier",
    "alert/sender": "info/senderName",
    "alert/senderCode": "sender",
    "alert/phone": "",
    "alert/sendTime": "sent",
    "alert/status": "status, note",
    "alert/msgType": "msgType",
    "alert/scope": "scope",
    "code/method/methodName": "info/parameter warnbroker:channel",
    "code/method/message": "info/parameter warnbroker:text:CHANNEL",
    "code/method/audienceGrp": "info/parameter warnbroker:audience:CHANNEL",
    "code/method/audiencePrt": "",
    "alert/secClassification": "code warnbroker:internal",
    "alert/note": "note",
    "alert/references": "references",
    "info/language": "info/language",
    "info/eventType": "info/eventCode GB/T 35965, info/category",
    "info/urgency": "info/urgency",
    "info/severity": "info/severity, info/parameter severityColor",
    "info/certainty": "info/certainty",
    "info/effective": "info/effective",
    "info/onset": "info/onset",
    "info/expires": "info/expires",
    "info/senderName": "info/parameter gbt:info/senderName",
    "info/headline": "info/headline, info/event",
    "info/description": "info/description",
    "info/instruction": "info/instruction",
    "info/web": "info/web",
    "resource/resourceDesc": "info/resource/resourceDesc, mimeType",
    "resource/size": "info/resource/size",
    "resource/digest": "info/resource/digest",
    "area/areaDesc": "info/area/areaDesc",
    "area/polygon": "info/area/polygon",
    "area/circle": "info/area/circle",
    "area/geocode": "info/area/geocode",
}
"""Where each element stands in CAP; empty where it stands nowhere, on purpose."""

"""What a broker refuses is said in the reader's language where people often meet it."""

import pytest

from warnbroker.cli.session import reasons

CHINESE = "zh_CN.UTF-8"


def problem(title, detail=""):
    return {"title": title, "detail": detail}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (problem("Not found", "there is no delivery 12"), "未找到: 没有该编号的发送记录 12"),
        (problem("Bad Request", "state must be one of A, B"), "请求有误: state 须为以下之一：A, B"),
        (
            problem("It is not sent again", "nothing changed for them; nothing to lift"),
            "不予重发: 对其内容未变; 无需解除",
        ),
        (problem("Not permitted", "Lin lacks the role"), "无权操作: Lin lacks the role"),
        (problem("Not found"), "未找到"),
    ],
)
def test_a_refusal_is_chinese_for_a_chinese_reader(screen, told, said):
    assert screen(lambda: "\n".join(reasons(told)), CHINESE).strip() == said


def test_a_refusal_is_as_the_broker_says_it_for_others(screen):
    told = problem("It is not sent again", "nothing changed for them; nothing to lift")

    assert screen(lambda: "\n".join(reasons(told))).strip() == ": ".join(told.values())

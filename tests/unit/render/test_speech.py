import pytest

from warnbroker.render.speech import speakable


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call 112/999 or 911.", "Call 1 1 2/9 9 9 or 9 1 1."),
        ("See https://a.example/x?y=1. Then go.", "See our website. Then go."),
        ("Write to duty@haibin.example.", "Write to our mailbox."),
        ("Call 112 or 010-1234567.", "Call 1 1 2 or 0 1 0 1 2 3 4 5 6 7."),
        ("Waves of 2.5 m, wind 120 km/h, 30 mm of rain.",
         "Waves of 2.5 metres, wind 120 kilometres per hour, 30 millimetres of rain."),
        ("50000 people in 2026, 300 mice", "50000 people in 2026, 300 mice"),
    ],
)  # fmt: skip
def test_english_is_made_fit_to_be_read_aloud(text, said):
    assert speakable(text, "en-US") == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("详见https://a.example/查询。", "详见官方网站查询。"),
        ("请拨打12345咨询", "请拨打1 2 3 4 5咨询"),
        ("报警电话：110、119或者120。", "报警电话：1 1 0、1 1 9或者1 2 0。"),
        ("浪高2.5m，风速30m/s，气温40℃", "浪高2.5米，风速30米每秒，气温40摄氏度"),
        ("18:30前撤离", "18时30分前撤离"),
        ("由warning@haibin.example11月23日发布", "由官方邮箱11月23日发布"),
        ("转移50000人", "转移50000人"),
    ],
)
def test_chinese_is_made_fit_to_be_read_aloud(text, said):
    assert speakable(text, "zh-CN") == said


def test_a_language_without_words_of_its_own_loses_addresses_only():
    assert speakable("Voir https://a.example (https://b.example) 5 m", "fr") == "Voir 5 m"

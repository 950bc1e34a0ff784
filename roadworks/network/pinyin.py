"""Finding a road by what people type: Chinese, pinyin, initials, English, code."""

import unicodedata
from collections.abc import Callable
from functools import cache

# Names whose signs have several readings.
READINGS = {"西十里铺": [["xī"], ["shí"], ["lǐ"], ["pù"]], "长椿路": [["cháng"], ["chūn"], ["lù"]]}
# Signs that are commonly mistaken for one another.
MISTAKEN = {"颍": "颖", "桐": "铜", "棉纺": "绵纺", "汝": "女"}


@cache
def _pinyin() -> Callable[[str], list[str]]:
    """The reader of Chinese; its dictionary takes a third of a second to load, which only editing a road needs."""
    from pypinyin import lazy_pinyin, load_phrases_dict

    load_phrases_dict(READINGS)
    return lazy_pinyin  # type: ignore[no-any-return]


def search_key(name_zh: str, name_en: str | None, code: str | None) -> str:
    """All that a road should be found by, in one line: `颍河路 颖河路 yinghelu ying he lu yhl yinghe road`."""
    syllables = _pinyin()(name_zh)
    words = [name_zh, "".join(syllables), " ".join(syllables), "".join(s[0] for s in syllables if s)]
    words += [name_zh.replace(sign, wrong) for sign, wrong in MISTAKEN.items() if sign in name_zh]
    words += [name_en or "", code or ""]
    return normalise_query(" ".join(word for word in words if word))[:300]


def normalise_query(text: str) -> str:
    """What was typed, in the form the key is stored in; `yīng hé` and `YingHe` are `ying he` and `yinghe`."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).replace("'", "").split())[:300]

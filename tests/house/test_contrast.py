"""The colours of the street can be read at noon: each kind of word on each ground it stands on, by day and by night."""

import re
from itertools import product
from pathlib import Path

import pytest

SHEET = (Path(__file__).resolve().parents[2] / "static" / "app.css").read_text("utf-8")
# In the street, see WCAG 2.2, 1.4.6 (AAA).
LEAST = 7
MEANT = ("action", "safety", "alarm", "good")
GROUNDS = ("ground", "surface", "raised", *(f"{name}-soft" for name in MEANT))
# Words of any meaning on any ground; words on what is filled; words on the map.
WORDS = {
    *product(("ink", "quiet", *MEANT), GROUNDS),
    ("alarm-soft", "alarm"),
    *(("action-ink", "action"), ("cone-ink", "cone"), ("surface", "alarm")),
    *(("ink", "map-ground"), ("quiet", "map-ground")),
}


def tokens(block: str) -> dict[str, str]:
    """Name → colour of what a block of the sheet sets."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


def light_of(colour: str) -> float:
    """Relative luminance, see WCAG 2.2."""
    whole = colour[1:] if len(colour) == 7 else "".join(sign * 2 for sign in colour[1:])
    parts = [int(whole[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21, see WCAG 2.2."""
    dark, light = sorted((light_of(one), light_of(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_known():
    assert (contrast("#000", "#ffffff"), round(contrast("#777777", "#fff"), 2)) == (21, 4.48)


@pytest.mark.parametrize("theme", ["day", "night"])
def test_every_word_in_the_street_stands_out_seven_to_one_from_its_ground(theme):
    day, night = re.findall(r":root \{\n(.*?)\n *\}", SHEET, re.DOTALL)[:2]
    colours = tokens(day) | (tokens(night) if theme == "night" else {})
    found = {f"{word} on {ground}": contrast(colours[word], colours[ground]) for word, ground in WORDS}
    weak = sorted(f"{pair}: {ratio:.2f}" for pair, ratio in found.items() if ratio < LEAST)
    assert not weak, weak


def test_words_take_their_colour_from_the_tokens_save_on_pictures():
    # White on black, and on a dark band over a photo.
    assert re.findall(r"^([^{}\n]+) \{[^}]*[ {]color: #", SHEET, re.MULTILINE) == [".ghost-view", ".mark span"]

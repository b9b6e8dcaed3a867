"""Names and titles of strangers, where pages say them."""

import pytest

from core.posts.names import spoken_title


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Harbour", "Harbour"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2067\u05e9\u05dc\u05d5\u05dd\u2069", "\u05e9\u05dc\u05d5\u05dd"),
        ("\u0301\u0302\u0303", ""),
        ("\u200b \u2060", ""),
        ("\N{WOMAN}\u200d\N{GIRL}", "\N{WOMAN}\u200d\N{GIRL}"),
        ("!!!", "!!!"),
    ],
)
def test_a_title_does_not_turn_the_words_around_it_and_can_be_seen(title: str, said: str) -> None:
    assert spoken_title(title) == said

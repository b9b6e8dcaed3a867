"""What a person wants of every new post: laid under what was said, and read back forgivingly."""

from typing import Any

import pytest

from core.errors import InvalidInput
from core.posts.fields import Details
from core.posts.habits import SETTING, Habits, habits_of, read_habits


def test_what_was_said_wins_over_the_habit() -> None:
    habits = Habits(add_watermark=True, display_resolution=800)

    said = habits.laid_under(Details(display_resolution=1024, add_watermark=False))
    unsaid = habits.laid_under(Details())

    assert (said.display_resolution, said.add_watermark) == (1024, False)
    assert (unsaid.display_resolution, unsaid.add_watermark) == (800, True)


def test_a_watermark_is_not_laid_over_a_picture_shown_in_its_own_size() -> None:
    assert Habits(add_watermark=True, display_resolution=800).laid_under(Details(display_resolution=0)) == Details(
        display_resolution=0
    )


@pytest.mark.parametrize(
    "kept", [None, [], "x", {"display_resolution": 7, "add_watermark": "yes", "keep_metadata": 1}]
)
def test_what_is_not_understood_is_as_by_default(kept: Any) -> None:
    assert habits_of({SETTING: kept}) == Habits()


def test_what_was_kept_is_read_back() -> None:
    habits = read_habits(add_watermark=True, display_resolution="800", keep_metadata=True)

    assert habits_of({SETTING: habits.as_setting()}) == habits
    assert Habits().as_setting() is None


@pytest.mark.parametrize(
    ("width", "field"), [("", "add_watermark"), ("0", "add_watermark"), ("7", "display_resolution")]
)
def test_a_watermark_needs_a_size_that_there_is(width: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_habits(add_watermark=True, display_resolution=width, keep_metadata=False)

    assert set(refused.value.fields) == {field}

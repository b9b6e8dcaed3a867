"""What administrators set while the instance runs."""

import pytest

from core.errors import InvalidInput
from core.operations.instance_settings import checked

GOOD: list[dict[str, object]] = [
    {"name": "  Studio   Mira "},
    {"max_users": 0, "open_signup": True},
    {"originals_days": 0, "events_days": 90},
    {"max_file_mb": None},
]


@pytest.mark.parametrize("wanted", GOOD)
def test_what_is_in_range_is_taken(wanted: dict[str, object]) -> None:
    assert set(checked(wanted)) == set(wanted)


def test_a_name_is_one_line() -> None:
    assert checked({"name": "  Studio   Mira "}) == {"name": "Studio Mira"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "x" * 41),
        ("open_signup", "yes"),
        ("max_users", -1),
        ("max_users", True),
        ("max_file_mb", 0),
        ("max_file_mb", 2001),
        ("max_pixels", 1.5),
        ("trash_days", 0),
        ("originals_days", 3),
        ("events_days", 30),
        ("colour", "red"),
    ],
)
def test_what_is_not_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked({name: value})

    assert set(refused.value.fields) == {name}

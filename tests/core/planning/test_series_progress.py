"""What is next in a series, and what holds it up."""

from datetime import timedelta

from core.planning.ports import Series, SeriesPart
from core.planning.series_progress import progress
from core.posts.post import PostStatus
from tests.core.planning.making import NOW


def a_series(*statuses: str, gap_minutes: int | None = 60) -> Series:
    parts = (
        SeriesPart(number, number, f"Part {number}", PostStatus(status), NOW if status == "published" else None)
        for number, status in enumerate(statuses, 1)
    )
    return Series(1, "Saga", gap_minutes, tuple(parts))


def test_the_first_draft_is_next_once_the_gap_is_over() -> None:
    far = progress(a_series("published", "draft", "draft"))

    assert (far.gone, far.total) == (1, 3)
    assert far.next
    assert far.next.number == 2
    assert far.not_before == NOW + timedelta(hours=1)


def test_an_earlier_part_in_review_or_failed_holds_it_up() -> None:
    assert progress(a_series("published", "review", "draft")).waits_for is not None
    assert progress(a_series("failed", "draft")).waits_for is not None
    assert progress(a_series("draft", "review")).waits_for is None


def test_parts_in_the_trash_do_not_count() -> None:
    far = progress(a_series("discarded", "draft"))

    assert far.total == 1
    assert far.next is not None
    assert far.not_before is None


def test_without_a_gap_of_its_own_the_automations_counts() -> None:
    far = progress(a_series("published", "draft", gap_minutes=None), usual_gap=timedelta(days=1))

    assert far.not_before == NOW + timedelta(days=1)


def test_a_finished_series_has_nothing_next() -> None:
    assert progress(a_series("published", "scheduled")).next is None

"""What a message says about its pictures."""

import pytest

from bot.drop_words import metadata_for, read_message, read_metadata


def test_the_first_line_is_the_title_the_rest_the_description_and_words_with_a_hash_are_tags() -> None:
    said = read_message("A fox in snow\nSeen today #fox\nby the river\n#snow #winter")

    assert (said.title, said.description, said.tags) == (
        "A fox in snow",
        "Seen today\nby the river",
        ("fox", "snow", "winter"),
    )


@pytest.mark.parametrize(
    ("content", "title", "tags"),
    [
        ("", "", ()),
        ("#fox #snow", "", ("fox", "snow")),
        ("\n\n  A fox  ", "A fox", ()),
        ("see https://example.org/#part", "see https://example.org/#part", ()),
        ("<@123> look <:smile:42> #a_b", "look", ("a_b",)),
        ("狐 #雪", "狐", ("雪",)),
    ],
)
def test_odd_messages_are_read_sensibly(content: str, title: str, tags: tuple[str, ...]) -> None:
    said = read_message(content)

    assert (said.title, said.tags) == (title, tags)


def test_a_spoiler_means_mature() -> None:
    said = read_message("||A fox||")

    assert said.title == "A fox"
    assert said.fields(is_mature=False)["is_mature"] is True
    assert read_message("A fox").fields(is_mature=True)["mature_level"] == "moderate"
    assert "is_mature" not in read_message("A fox").fields(is_mature=False)


def test_metadata_belongs_to_the_picture_of_its_name_or_to_all() -> None:
    found = read_metadata([("a.json", b'{"title": "A", "isMature": true, "junk": 1}'), ("b.json", b"not json")])

    assert found == {"a": {"title": "A", "is_mature": True}}
    assert metadata_for("SPOILER_A.png", found) == found["a"]
    assert metadata_for("other.png", found) == found["a"]
    assert metadata_for("c.png", {**found, "b": {}}) == {}

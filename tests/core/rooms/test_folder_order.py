from random import Random

import pytest

from core.deviantart import GalleryFolder
from core.errors import InvalidInput, WrongState
from core.library import folder_order as order


def after(row: list[str], moves: tuple[order.Move, ...]) -> list[str]:
    """What DeviantArt makes of it: out, and in again at the place."""
    row = list(row)
    for move in moves:
        row.remove(move.id)
        row.insert(move.position, move.id)
    return row


@pytest.mark.parametrize("seed", range(60))
def test_any_order_is_reached_with_the_fewest_moves(seed: int) -> None:
    random = Random(seed)
    row = [f"F{n}" for n in range(random.randrange(0, 12))]
    wanted = random.sample(row, len(row))

    moves = order.moves(row, wanted)

    assert after(row, moves) == wanted
    assert len({move.id for move in moves}) == len(moves)


@pytest.mark.parametrize("to", [0, 3, 9])
def test_one_dragged_folder_is_one_call(to: int) -> None:
    row = [f"F{n}" for n in range(10)]
    wanted = [folder for folder in row if folder != "F5"]
    wanted.insert(to, "F5")

    assert order.moves(row, wanted) == (order.Move("F5", to),)


@pytest.mark.parametrize("wanted", [["A"], ["A", "B", "C"], ["A", "A"], ["A", "X"]])
def test_an_order_of_other_folders_is_refused(wanted: list[str]) -> None:
    with pytest.raises(InvalidInput):
        order.moves(["A", "B"], wanted)


TREE = (
    GalleryFolder("F", None, "Featured"),
    GalleryFolder("A", None, "Art"),
    GalleryFolder("B", "A", "Birds"),
    GalleryFolder("C", None, "Cats"),
)


@pytest.mark.parametrize(
    ("folder", "parent"), [("A", "C"), ("C", "B"), ("A", "A"), ("F", "A")], ids=("full", "deep", "itself", "featured")
)
def test_what_deviantart_could_not_show_is_refused(folder: str, parent: str) -> None:
    with pytest.raises(WrongState):
        order.nested(TREE, folder, parent)


def test_a_nested_folder_comes_back_to_the_top() -> None:
    assert order.siblings(order.nested(TREE, "B", None), None) == ("F", "A", "C", "B")


def test_five_hundred_folders_are_a_tree_at_once() -> None:
    folders = [GalleryFolder(f"T{n}", None, f"Top {n}") for n in range(100)]
    folders += [GalleryFolder(f"C{n}", f"T{n % 100}", f"Child {n}") for n in range(400)]

    branches = order.tree(folders)

    assert len(branches) == 100
    assert all(len(branch.children) == 4 for branch in branches)
    assert len(order.moves([f.folder_id for f in folders], [f.folder_id for f in reversed(folders)])) == 499


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "art", "a\x00b"])
def test_a_name_that_is_taken_or_unfit_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        order.read_name(TREE, name, None)

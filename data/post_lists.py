"""Lists of posts: how they are ordered, narrowed and paged. One statement, on one index."""

from dataclasses import replace
from typing import Any

from core.ports import PostQuery
from core.posts.fields import folded_tag
from core.posts.post import PostStatus
from data import cursors, posts
from data.database import Row
from data.search import match_expression
from data.whose import WHOSE


class Order:
    """`key`: what it is sorted by beside the id. `index` is named where SQLite might prefer another."""

    def __init__(self, key: str, *, descending: bool = True, index: str = "", optional: bool = False) -> None:
        self.key = key
        self.collated = f"{key} COLLATE NOCASE" if key == "p.title" else key
        self.descending = descending
        self.index = index
        self.optional = optional  # may be NULL: such posts are not in this list

    @property
    def by_id(self) -> bool:
        return self.key == "p.id"

    @property
    def sql(self) -> str:
        way = "DESC" if self.descending else "ASC"
        return f"p.id {way}" if self.by_id else f"{self.collated} {way}, p.id {way}"


ORDERS = {
    "newest": Order("p.id"),
    "oldest": Order("p.id", descending=False),
    "title": Order("p.title", descending=False, index="post_by_title_idx"),
    "changed": Order("p.updated_at", index="post_by_change_idx"),
    "due": Order("p.due_at", descending=False, optional=True),
    "latest": Order("p.due_at", optional=True),
    "published": Order("p.published_at", optional=True, index="post_by_publication_idx"),
    "discarded": Order("p.discarded_at", optional=True),
}
GLANCED = 500  # posts
# The states of what is still to come, in the words of `post_coming_idx`: it serves only who says the same.
COMING = frozenset((PostStatus.SCHEDULED, PostStatus.UPLOADING, PostStatus.PUBLISHING))
_IS_COMING = "p.status IN ('scheduled', 'uploading', 'publishing')"
_FLAGS = {
    "is_mature": "p.is_mature IS {} 1",
    "is_ai": "p.is_ai_generated IS {} 1",
    "held": "p.held IS {} 1",
    "ready": "p.ready IS {} 1",
}


def order_of(query: PostQuery) -> Order:
    return ORDERS.get(query.sort, ORDERS["newest"])


def is_narrowed(query: PostQuery) -> bool:
    """Whether counters cannot tell how many there are."""
    return bool(query.text.strip() or query.tag or query.batch) or _flags(query) != []


def page_statement(query: PostQuery) -> tuple[str, dict[str, Any]]:
    """One page, and one post more where there is a next one. Raises `InvalidInput` for a foreign cursor."""
    order = order_of(query)
    source, params = _source(query, order)
    after, place = _after(query, order, _id_in(source))
    params |= place | {"most": query.limit + 1}
    return f"SELECT {posts.COLUMNS} FROM {source}{after} ORDER BY {_order_in(source, order)} LIMIT :most", params


def glance_statement(query: PostQuery) -> tuple[str, dict[str, Any]] | None:
    """The same page where the next posts of the list have enough of the words, else less of it; None where that is no
    shorter way. All that a frequent word finds need not be kept then, to look up a few in it."""
    order = order_of(query)
    if order.by_id or not query.text.strip():
        return None
    of_list, params = _source(replace(query, text=""), order)
    after, place = _after(query, order, "p.id")
    params |= place | {"most": query.limit + 1, "glanced": GLANCED, "match": match_expression(query.text)}
    next_ones = f"SELECT p.id FROM {of_list}{after} ORDER BY {order.sql} LIMIT :glanced"
    found = f"SELECT s.rowid FROM post_search s WHERE post_search MATCH :match AND +s.rowid IN ({next_ones})"
    return f"SELECT {posts.COLUMNS} FROM post p WHERE p.id IN ({found}) ORDER BY {order.sql} LIMIT :most", params


def _after(query: PostQuery, order: Order, post_id: str) -> tuple[str, dict[str, Any]]:
    """Where a page begins. Raises `InvalidInput` for a foreign cursor."""
    if query.cursor is None:
        return "", {}
    comparison = "<" if order.descending else ">"
    key, last = cursors.unpacked(query.cursor, str if order.key == "p.title" else int, int)
    place = {"after_key": key, "after_id": last}
    if order.by_id:
        return f" AND {post_id} {comparison} :after_id", place
    return f" AND ({order.collated}, p.id) {comparison} (:after_key, :after_id)", place


def ids_statement(query: PostQuery) -> tuple[str, dict[str, Any]]:
    """The id of everything that the query finds, in its order."""
    order = order_of(query)
    source, params = _source(query, order, ids_only=True)
    return f"SELECT {_id_in(source)} AS id FROM {source} ORDER BY {_order_in(source, order)}", params


def count_statement(query: PostQuery) -> tuple[str, dict[str, Any]]:
    order = order_of(query)
    # How many there are is the same in every order, but for those that leave posts out.
    source, params = _source(query, order if order.optional else ORDERS["newest"], ids_only=True)
    return f"SELECT count(*) FROM {source}", params


def _id_in(source: str) -> str:
    """As the index of words knows it, where that is read first."""
    return "s.rowid" if source.startswith("post_search") else "p.id"


def _order_in(source: str, order: Order) -> str:
    return order.sql.replace("p.id", _id_in(source))


def _source(query: PostQuery, order: Order, *, ids_only: bool = False) -> tuple[str, dict[str, Any]]:
    """What stands behind FROM, but for the place where a page begins."""
    params: dict[str, Any] = {"user_id": query.user_id, "account_id": query.account_id}
    where = ["p.user_id = :user_id" if query.account_id is None else f"p.user_id = {WHOSE}"]
    if query.statuses:
        if _is_of_what_comes(query, order):
            where.append(_IS_COMING)
        names = [f"'{PostStatus(status)}'" for status in query.statuses]
        where.append(f"p.status IN ({', '.join(names)})" if len(names) > 1 else f"p.status = {names[0]}")
    else:
        where.append("p.status <> 'discarded'")
    if order.optional:
        where.append(f"{order.key} IS NOT NULL")
    if query.account_id is not None:
        where.append("p.account_id = :account_id")
    if query.batch:
        where.append("p.batch = :batch")
        params["batch"] = query.batch
    if query.tag:
        where.append(f"p.id IN (SELECT t.post_id FROM post_tag t WHERE t.user_id = {WHOSE} AND t.tag = :tag)")
        params["tag"] = folded_tag(query.tag)
    flags = _flags(query)
    of_list = f"post p{_index(query, order, flags)} WHERE {' AND '.join(where + flags)}"
    if not query.text.strip():
        return of_list, params
    params["match"] = match_expression(query.text)
    if not order.by_id or query.tag or query.batch:
        return f"{of_list} AND p.id IN (SELECT rowid FROM post_search WHERE post_search MATCH :match)", params
    # The index of words gives ids in order, and going through them costs less than keeping them: of what it finds it
    # keeps what is in the list or, where that is nearly all, looks at the posts themselves.
    found = "post_search s CROSS JOIN post p ON p.id = s.rowid"
    if not (query.statuses or flags):
        return f"{found} WHERE post_search MATCH :match AND {' AND '.join(where)}", params
    found = "post_search s" if ids_only else found
    return f"{found} WHERE post_search MATCH :match AND +s.rowid IN (SELECT p.id FROM {of_list})", params


def _is_of_what_comes(query: PostQuery, order: Order) -> bool:
    return order.key == "p.due_at" and bool(query.statuses) and COMING.issuperset(query.statuses)


def _flags(query: PostQuery) -> list[str]:
    wanted = ((clause, getattr(query, name)) for name, clause in _FLAGS.items())
    return [clause.format("" if value else "NOT") for clause, value in wanted if value is not None]


def _index(query: PostQuery, order: Order, flags: list[str]) -> str:
    if order.index:
        return f" INDEXED BY {order.index}"
    if _is_of_what_comes(query, order):
        return " INDEXED BY post_coming_idx"
    if order.by_id and flags and not (query.tag or query.batch):
        return " INDEXED BY post_by_id_idx"
    return ""


def cursor_after(row: Row, order: Order) -> str:
    return cursors.packed([row[order.key.removeprefix("p.")], row["id"]])

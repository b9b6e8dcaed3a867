"""Posts brought into the states that take DeviantArt a long time, by writing them down."""

from core.app.parts import App


async def failed(app: App, post_id: int, kind: str, message: str, *, in_doubt: bool = False) -> None:
    """The approved post *post_id* as its publication left it; in doubt, a publish request of an hour ago is open."""
    now = int(app.clock.now().timestamp())
    sent = now - 3600 if in_doubt else None
    async with app.database.transaction() as tx:
        await tx.run("DELETE FROM publication WHERE post_id = :id", {"id": post_id})
        await tx.run(
            """
            INSERT INTO publication (post_id, file_id, account_id, state, due_at, stored_title, item_id,
                                     publish_sent_at, last_sent_at, doubt, failure_step, failure_kind,
                                     failure_message)
            SELECT p.id, f.id, p.account_id, 'failed', :now, p.title, '4711', :sent, :sent,
                   CASE WHEN :sent IS NULL THEN NULL ELSE 'answer_lost' END, 'publish', :kind, :message
              FROM post p
              JOIN file f ON f.post_id = p.id
             WHERE p.id = :id
            """,
            {"id": post_id, "now": now, "sent": sent, "kind": kind, "message": message},
        )
        await tx.run("UPDATE post SET status = 'failed', version = version + 1 WHERE id = :id", {"id": post_id})

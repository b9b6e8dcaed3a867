"""How far a consumer of ours has read the event log."""

from core.ports import Reads, Store


async def begin(store: Store, reads: Reads, consumer: str) -> int:
    """Where to go on. A consumer that never ran begins with what happens from now on."""
    last = await reads.last_event_id()
    async with store.transaction() as tx:
        if await tx.instance.get(consumer):
            return await tx.instance.position(consumer)
        await tx.instance.put(consumer, True)
        await tx.instance.save_position(consumer, last)
        return last


async def save(store: Store, consumer: str, event_id: int) -> None:
    """Writes only what changes."""
    async with store.transaction() as tx:
        if await tx.instance.position(consumer) != event_id:
            await tx.instance.save_position(consumer, event_id)

"""Times as Discord shows them: each reader sees their own zone and language."""

from datetime import datetime


def stamp(at: datetime, style: str = "f") -> str:
    """`<t:…>`; styles: f date and time, t time, d date, R relative. Seconds are dropped by Discord, not by us."""
    return f"<t:{int(at.timestamp())}:{style}>"


def moment(at: datetime) -> str:
    """Date, time and how far away it is."""
    return f"{stamp(at)} ({stamp(at, 'R')})"

"""Links to a file that work for whoever holds them, for a short while."""

import hashlib
import hmac
from datetime import datetime, timedelta

LINK_LASTS = timedelta(minutes=10)


def signed_path(path: str, secret: bytes, *, now: datetime, lasts: timedelta = LINK_LASTS) -> str:
    """*path* with `?until=` and `?sig=`; both are checked by `is_good`."""
    until = int((now + lasts).timestamp())
    return f"{path}?until={until}&sig={_sign(path, until, secret)}"


def is_good(path: str, until: str, signature: str, secret: bytes, *, now: datetime) -> bool:
    if not secret or not until.isdecimal() or len(until) > 12 or int(until) < now.timestamp():
        return False
    return hmac.compare_digest(_sign(path, int(until), secret).encode(), signature.encode())


def _sign(path: str, until: int, secret: bytes) -> str:
    return hmac.new(secret, f"{path}\n{until}".encode(), hashlib.sha256).hexdigest()[:40]

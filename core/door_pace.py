"""How often one address may knock: a bucket each that fills again with time, for so many addresses and no more."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address

ADDRESSES_MOST = 10_000


@dataclass(slots=True)
class DoorPace:
    """*most* at once, and as many again in *per*. Beyond so many addresses the longest silent is forgotten."""

    most: int
    per: timedelta
    addresses_most: int = ADDRESSES_MOST
    # What is left of each, and when that was so on the monotonic clock; the longest silent first.
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, address: str, *, now: float) -> timedelta | None:
        """None when it may knock; else how long until it may. A refused knock costs nothing."""
        who = neighbourhood(address)
        left, at = self._left.pop(who, (float(self.most), now))
        a_second = self.most / self.per.total_seconds()
        left = min(float(self.most), left + max(0.0, now - at) * a_second)
        is_allowed = left >= 1
        self._left[who] = (left - 1 if is_allowed else left, now)
        if len(self._left) > self.addresses_most:
            self._left.popitem(last=False)
        return None if is_allowed else timedelta(seconds=(1 - left) / a_second)

    def __len__(self) -> int:
        return len(self._left)


def neighbourhood(address: str) -> str:
    """An IPv4 address as it is; of IPv6 the /64 that one household or server has to itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return found.exploded[:19]

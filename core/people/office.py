"""Everything about people beside themselves, wired together once."""

from dataclasses import dataclass

from core.people.audit import AuditReads
from core.people.invites import Invites
from core.people.removal import Removal
from core.people.sharing import Sharing


@dataclass(frozen=True, slots=True)
class Office:
    invites: Invites
    log: AuditReads
    sharing: Sharing
    removal: Removal

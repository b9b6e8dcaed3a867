"""What a person may do with an account and its posts. The one place that knows; every door asks here.

A post belongs to its account, and an account to the person who linked it. Who was given a share of the account works
on the same posts: an editor does everything with them, a reviewer sees them and decides about what waits for review.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol

from core.account import Account
from core.actor import Actor
from core.errors import NotAllowed, NotFound
from core.posts.post import Post


class AccountRole(StrEnum):
    OWNER = "owner"
    EDITOR = "editor"
    REVIEWER = "reviewer"


SHARED_ROLES = (AccountRole.EDITOR, AccountRole.REVIEWER)


class Right(IntEnum):
    """Each holds what stands before it."""

    SEE = 1
    REVIEW = 2  # approve, reject, write notes
    EDIT = 3  # everything with the posts: change, schedule, publish, plan
    OWN = 4  # connect, share


_HELD = {AccountRole.REVIEWER: Right.REVIEW, AccountRole.EDITOR: Right.EDIT, AccountRole.OWNER: Right.OWN}
_REFUSED = {
    Right.EDIT: "You review for {account}: you may approve, reject and write notes. Only its owner and editors may do"
    " more.",
    Right.OWN: "Only the owner of {account} may do that.",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """An account as it looks to somebody it is shared with. `owner` is a name."""

    account: Account
    role: AccountRole
    owner: str


def allows(role: AccountRole, right: Right) -> bool:
    return _HELD[role] >= right


class RoleRows(Protocol):
    async def get(self, account_id: int) -> Account: ...

    async def role_of(self, account_id: int, user_id: int) -> AccountRole | None:
        """None for whom the account is not there."""
        ...


class AccessTransaction(Protocol):
    @property
    def accounts(self) -> RoleRows: ...


async def need(tx: AccessTransaction, account_id: int, by: Actor, right: Right) -> AccountRole:
    """*by*'s role. Raises `NotFound` where they must not know of the account, `NotAllowed` where it is small."""
    role = await tx.accounts.role_of(account_id, by.user_id)
    if role is None:
        raise NotFound
    if not allows(role, right):
        account = await tx.accounts.get(account_id)
        raise NotAllowed(_REFUSED.get(right, _REFUSED[Right.EDIT]).format(account=account.username))
    return role


async def need_for_post(tx: AccessTransaction, post: Post, by: Actor, right: Right) -> None:
    """As `need`, for the post's account; its owner is known without asking."""
    if post.user_id != by.user_id:
        await need(tx, post.account_id, by, right)

"""A settings file with anything in place of what it says."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from core.account import Account, AccountStatus
from core.errors import InvalidInput
from core.planning.pacing import Pacing
from core.planning.ports import AccountPlanning
from core.programs.settings_file.desk import steps
from core.programs.settings_file.state import State
from core.programs.settings_file.steps import Action
from core.users import Role, User
from tests.core.programs.test_settings_file import FILE, paths_of, put
from tests.support.clock import NOON
from tests.support.fuzzing import texts

_PATHS = list(paths_of(FILE))
_LIKELY = st.sampled_from(
    [None, True, -1, 0, 2**63, 1e300, "²", "24:00", "9999-12-31", [], [[]], {}, {"name": {}}, "mira"]
)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    file = deepcopy(FILE)
    for _ in range(draw(st.integers(1, 4))):
        try:
            put(file, draw(st.sampled_from(_PATHS)), draw(_LIKELY | texts.json_values()))
        except (KeyError, IndexError, TypeError):
            continue  # what it stood in was replaced before
    return file


def check_file(file: dict[str, Any]) -> None:
    """What cannot be read says so in a sentence, and the rest is carried out."""
    user = User(1, "mira", Role.ADMIN, "Europe/Paris", created_at=NOON)
    account = Account(1, 1, "id-mira", "mira", "#4f6bed", AccountStatus.CONNECTED, NOON)
    state = State(user, NOON, accounts=(account,), planning={1: AccountPlanning(1, 1, "mira", Pacing())})
    try:
        found = steps(state, file, switch_on=True)
    except InvalidInput as refusal:
        assert all(refusal.fields.values())
    else:
        assert all(step.text for step in found if step.action is Action.CANNOT)

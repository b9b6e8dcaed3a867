"""The calls about people in the route table."""

from core.scopes import Scope
from web.api import people, people_requests
from web.api.endpoint import Endpoint

_I = "/api/invites"
A = Scope.ADMIN

PEOPLE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", _I, people.every_invite, A, "Invitations, newest first", "Invites"),
    Endpoint("POST", _I, people.make_invite, A, "Invite somebody; the link is shown once", "NewInviteMade", 201,
             body=people_requests.NewInvite, errors=(422,)),
    Endpoint("DELETE", f"{_I}/{{id}}", people.revoke_invite, A, "Take an invitation back", "", 204,
             errors=(404, 409)),
    Endpoint("GET", "/api/audit", people.audit, A, "What administrators and owners did, newest first", "Audit",
             errors=(422,), query=("limit", "cursor")),
)  # fmt: skip

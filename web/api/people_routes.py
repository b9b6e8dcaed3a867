"""The calls about people in the route table."""

from core.scopes import Scope
from web.api import people, people_requests, sharing
from web.api.endpoint import Endpoint

_I = "/api/invites"
_W = "/api/people"
_P = "/api/accounts/{id}/people"
A, R, W = Scope.ADMIN, Scope.READ, Scope.WRITE

PEOPLE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", _I, people.every_invite, A, "Invitations, newest first", "Invites"),
    Endpoint("POST", _I, people.make_invite, A, "Invite somebody; the link is shown once", "NewInviteMade", 201,
             body=people_requests.NewInvite, errors=(422,)),
    Endpoint("DELETE", f"{_I}/{{id}}", people.revoke_invite, A, "Take an invitation back", "", 204,
             errors=(404, 409)),
    Endpoint("GET", _W, people.everybody, A, "Everybody here; for administrators", "People"),
    Endpoint("POST", f"{_W}/{{id}}/disable", people.disable, A, "End somebody's access; what they scheduled waits",
             "Person", errors=(404, 409)),
    Endpoint("POST", f"{_W}/{{id}}/enable", people.enable, A, "Let somebody in again", "Person", errors=(404, 409)),
    Endpoint("POST", f"{_W}/{{id}}/remove", people.remove, A,
             "Remove somebody who is disabled, with everything; goes on after the answer", "Person", 202,
             body=people_requests.RemovePerson, errors=(404, 409, 422)),
    Endpoint("POST", "/api/me/remove", people.remove_me, A,
             "Leave for good, with everything of yours; goes on after the answer", "Person", 202,
             body=people_requests.RemovePerson, errors=(409, 422)),
    Endpoint("GET", _P, sharing.people, R, "Who works on an account beside its owner, and open links", "Sharing",
             errors=(404,)),
    Endpoint("POST", _P, sharing.offer, W, "Make a link that lets one person work on the account; shown once",
             "ShareLinkMade", 201, body=people_requests.ShareAccount, errors=(404, 422)),
    Endpoint("DELETE", f"{_P}/links/{{link_id}}", sharing.take_back, W, "Take an open link back", "", 204,
             errors=(404,)),
    Endpoint("PATCH", f"{_P}/{{user_id}}", sharing.change, W, "Give somebody another role", "", 204,
             body=people_requests.ShareAccount, errors=(404, 422)),
    Endpoint("DELETE", f"{_P}/{{user_id}}", sharing.end, W,
             "End somebody's share; for the one it is shared with, to leave", "", 204, errors=(404,)),
    Endpoint("GET", "/api/audit", people.audit, A, "What administrators and owners did, newest first", "Audit",
             errors=(422,), query=("limit", "cursor")),
)  # fmt: skip

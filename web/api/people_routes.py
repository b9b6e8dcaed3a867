"""The calls about people in the route table."""

from core.scopes import Scope
from web.api import people, people_requests, sharing, upkeep
from web.api.endpoint import Endpoint

_I = "/api/invites"
_W = "/api/people"
_B = "/api/instance/backups"
_P = "/api/accounts/{id}/people"
A, R, W = Scope.ADMIN, Scope.READ, Scope.WRITE

PEOPLE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", _I, people.every_invite, A, "Invitations, newest first", "Invites"),
    Endpoint("POST", _I, people.make_invite, A, "Invite somebody; the link is shown once", "NewInviteMade", 201,
             body=people_requests.NewInvite, errors=(422,)),
    Endpoint("DELETE", f"{_I}/{{id}}", people.revoke_invite, A, "Take an invitation back", "", 204,
             errors=(404, 409)),
    Endpoint("GET", _W, people.everybody, A, "Everybody here; for administrators", "People"),
    Endpoint("PATCH", f"{_W}/{{id}}", people.change, A, "Make somebody an administrator, or a member", "Person",
             body=people_requests.ChangePerson, errors=(404, 409, 422)),
    Endpoint("GET", f"{_W}/{{id}}/keys", people.keys, A, "Somebody’s keys", "Keys", errors=(404,)),
    Endpoint("DELETE", f"{_W}/{{id}}/keys/{{key_id}}", people.revoke_key, A, "Revoke somebody’s key", "", 204,
             errors=(404,)),
    Endpoint("GET", f"{_W}/{{id}}/export", people.export, A, "Everything of somebody who is disabled, as a zip", "",
             errors=(404, 409), gives="application/zip"),
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
    Endpoint("POST", _P, sharing.offer, A, "Make a link that lets one person work on the account; shown once",
             "ShareLinkMade", 201, body=people_requests.ShareAccount, errors=(404, 422)),
    Endpoint("DELETE", f"{_P}/links/{{link_id}}", sharing.take_back, W, "Take an open link back", "", 204,
             errors=(404,)),
    Endpoint("PATCH", f"{_P}/{{user_id}}", sharing.change, A, "Give somebody another role", "", 204,
             body=people_requests.ShareAccount, errors=(404, 422)),
    Endpoint("DELETE", f"{_P}/{{user_id}}", sharing.end, W,
             "End somebody's share; for the one it is shared with, to leave", "", 204, errors=(404,)),
    Endpoint("GET", "/api/instance/health", upkeep.health, A, "What is wrong, what to do, and how the jobs are",
             "InstanceHealth"),
    Endpoint("GET", "/api/instance/log", upkeep.log, A, "The last lines about problems, newest first", "Log",
             errors=(422,), query=("level", "log.q", "limit", "cursor")),
    Endpoint("GET", _B, upkeep.backups, A, "Backups, newest first, and the one being made", "Backups"),
    Endpoint("POST", _B, upkeep.make_backup, A, "Make one; goes on after the answer", "BackupProgress", 202,
             body=people_requests.NewBackup, errors=(409, 422)),
    Endpoint("GET", f"{_B}/{{name}}", upkeep.backup, A, "The file", "", errors=(404,),
             gives="application/octet-stream"),
    Endpoint("DELETE", f"{_B}/{{name}}", upkeep.remove_backup, A, "Remove one", "", 204, errors=(404,)),
    Endpoint("GET", "/api/audit", people.audit, A, "What administrators and owners did, newest first", "Audit",
             errors=(422,), query=("limit", "cursor")),
)  # fmt: skip

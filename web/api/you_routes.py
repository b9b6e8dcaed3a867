"""The calls about oneself in the route table.

What decides who comes in, or where alarms go, needs the scope `admin`: a key that edits posts must not be able to
sign somebody out, cut an account off, or silence what would tell of its theft.
"""

from core.scopes import Scope
from web.api import me, you
from web.api import you_requests as bodies
from web.api.endpoint import Endpoint

_A = "/api/accounts"
_S = "/api/settings"
R, W, A = Scope.READ, Scope.WRITE, Scope.ADMIN

YOU_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/me", me.me, R, "Who is calling", "Me"),
    Endpoint("PATCH", "/api/me", me.change_me, W, "Choose a time zone, a theme, a mail address", "Me",
             body=bodies.ChangeMe, errors=(422,)),
    Endpoint("GET", "/api/status", you.status, R, "How things are: counts, what is next, what waits", "Status"),
    Endpoint("GET", f"{_S}/posts", you.habits, R, "What new posts begin with", "Habits"),
    Endpoint("PATCH", f"{_S}/posts", you.change_habits, W, "Choose it; it holds for every way in", "Habits",
             body=bodies.ChangeHabits, errors=(422,)),
    Endpoint("GET", f"{_S}/notices", you.notices, R, "What you are told, and where", "NoticeChoices"),
    Endpoint("PATCH", f"{_S}/notices", you.change_notices, A, "Choose it", "NoticeChoices",
             body=bodies.ChangeNotices, errors=(422,)),
    Endpoint("POST", f"{_S}/notices/test", you.test_mail, W, "A letter to your own address, once a minute",
             "TrialSent", 202, errors=(409,)),
    Endpoint("GET", "/api/pause", you.paused, R, "What is paused", "Paused"),
    Endpoint("POST", "/api/pause", you.pause, W, "Let everything wait, or one account", "Paused",
             body=bodies.WhatPauses, errors=(404, 422)),
    Endpoint("POST", "/api/resume", you.resume, W, "Let it go on; what came due meanwhile goes out", "Paused",
             body=bodies.WhatPauses, errors=(404, 422)),
    Endpoint("GET", _A, you.accounts, R, "Your linked accounts", "Accounts"),
    Endpoint("PATCH", f"{_A}/{{id}}", you.change_account, W, "Choose its colour", "Account",
             body=bodies.ChangeAccount, errors=(404, 422)),
    Endpoint("POST", f"{_A}/{{id}}/disconnect", you.disconnect, A,
             "Forget its tokens; its posts wait until somebody connects it again in a browser", "Account",
             errors=(404, 409)),
    Endpoint("GET", "/api/sessions", you.sessions, A, "The browsers that are signed in", "Sessions"),
    Endpoint("DELETE", "/api/sessions", you.end_other_sessions, A, "Sign out every browser but the one that asks", "",
             204),
    Endpoint("DELETE", "/api/sessions/{id}", you.end_session, A, "Sign one out", "", 204, errors=(404,)),
    Endpoint("GET", "/api/discord", you.discord_people, R, "The Discord users that are you", "DiscordPeople"),
    Endpoint("DELETE", "/api/discord/{id}", you.unlink_discord, A, "Untie one of them", "", 204, errors=(404,)),
)  # fmt: skip

"""The calls of planning in the route table."""

from core.scopes import Scope
from web.api import automations, calendar, planning, planning_requests, slots
from web.api.endpoint import Endpoint, Handler

_A = "/api/automations"
_ONE = "/api/automations/{id}"
_CHANGED = (404, 409, 422)


def _read(path: str, handler: Handler, summary: str, answers: str, *, query: tuple[str, ...] = ()) -> Endpoint:
    errors = ((404,) if "{" in path or {"account_id", "post_id"} & {*query} else ()) + ((422,) if query else ())
    return Endpoint("GET", path, handler, Scope.READ, summary, answers, errors=errors, query=query)


def _gone(path: str, handler: Handler, summary: str) -> Endpoint:
    return Endpoint("DELETE", path, handler, Scope.WRITE, summary, "", 204, errors=(404,))


PLANNING_ENDPOINTS: tuple[Endpoint, ...] = (
    _read(_A, automations.every, "Automations, in the order in which they choose", "Automations"),
    Endpoint("POST", _A, automations.create, Scope.WRITE, "Make an automation", "Automation", 201,
             planning_requests.CreateAutomation, errors=(404, 422)),
    _read(f"{_A}/preview", automations.preview_all, "Dry run of all that are on", "Preview", query=("days",)),
    Endpoint("PUT", f"{_A}/order", automations.arrange, Scope.WRITE, "Which of them chooses first", "Automations",
             body=planning_requests.Ids, errors=(404, 422)),
    _read(_ONE, automations.one, "An automation", "Automation"),
    Endpoint("PATCH", _ONE, automations.change, Scope.WRITE, "Change an automation", "Automation",
             body=planning_requests.ChangeAutomation, errors=_CHANGED),
    _gone(_ONE, automations.remove, "Remove an automation; its posts stay"),
    Endpoint("POST", f"{_ONE}/restore", automations.restore, Scope.WRITE, "Take a removal back", "Automation",
             errors=(404,)),
    Endpoint("POST", f"{_ONE}/duplicate", automations.duplicate, Scope.WRITE, "A copy, switched off", "Automation",
             201, errors=(404,)),
    Endpoint("POST", f"{_ONE}/enable", automations.enable, Scope.WRITE, "Switch it on", "Automation",
             errors=_CHANGED),
    Endpoint("POST", f"{_ONE}/pause", automations.pause, Scope.WRITE, "Switch it off", "Automation", errors=_CHANGED),
    Endpoint("POST", f"{_ONE}/run", automations.run, Scope.PUBLISH, "Run once, now", "Post",
             body=planning_requests.RunAutomation, errors=_CHANGED),
    _read(f"{_ONE}/preview", automations.preview, "Dry run of one", "Preview", query=("days",)),
    Endpoint("POST", f"{_ONE}/preview", automations.try_out, Scope.READ, "Dry run with changes that are not saved",
             "Preview", body=planning_requests.PreviewAutomation, errors=(404, 422)),
    _read(f"{_ONE}/history", automations.history, "What it did, and why not", "AutomationHistory"),
    Endpoint("PUT", f"{_ONE}/drafts", automations.arrange_drafts, Scope.WRITE, "Its drafts in the artist's own order",
             "Automation", body=planning_requests.Ids, errors=(404, 422)),
    _read("/api/calendar", calendar.calendar, "What goes out and what went, from `start` to `end`", "Calendar",
          query=("start", "end", "account_id")),
    _read("/api/slots", slots.every, "Weekly slots and pacing of every account", "AccountSlots"),
    _read("/api/slots/upcoming", slots.upcoming, "The slots of a period, free and used", "Slots",
          query=("start", "end", "account_id")),
    Endpoint("PUT", "/api/accounts/{id}/slots", slots.set_slots, Scope.WRITE, "All weekly slots of an account",
             "AccountPlanning", body=planning_requests.SetSlots, errors=(404, 422)),
    Endpoint("PATCH", "/api/accounts/{id}/pacing", slots.set_pacing, Scope.WRITE, "Pacing of an account",
             "AccountPlanning", body=planning_requests.SetPacing, errors=(404, 422)),
    Endpoint("POST", "/api/queue", slots.add, Scope.WRITE, "To the next free slots, in the order given", "Replanned",
             body=planning_requests.AddToQueue, errors=(404, 422)),
    Endpoint("DELETE", "/api/queue/{id}", slots.remove, Scope.WRITE, "Out of the queue; the rest may move up",
             errors=_CHANGED),
    Endpoint("POST", "/api/queue/swap", slots.swap, Scope.WRITE, "Two posts change places", "Replanned",
             body=planning_requests.SwapInQueue, errors=(404, 422)),
    Endpoint("POST", "/api/queue/shuffle", slots.shuffle, Scope.WRITE, "The queue in another order", "Replanned",
             body=planning_requests.ShuffleQueue, errors=(404, 422)),
    _read("/api/good-times", slots.good_times, "When your own works fared best, and on how many that rests",
          "GoodTimes", query=("account_id",)),
    _read("/api/holidays", slots.holidays, "Days on which nothing goes out", "Holidays"),
    Endpoint("POST", "/api/holidays", slots.add_holiday, Scope.WRITE, "Add holidays", "Holiday", 201,
             planning_requests.AddHoliday, errors=(422,)),
    _gone("/api/holidays/{id}", slots.remove_holiday, "Remove holidays"),
    Endpoint("POST", "/api/spread/preview", planning.preview_spread, Scope.READ, "Where a spread would put each post",
             "Placed", body=planning_requests.SpreadGiven, errors=(404, 422)),
    Endpoint("POST", "/api/spread", planning.spread, Scope.WRITE, "Spread a selection over a period", "Replanned",
             body=planning_requests.SpreadGiven, errors=(404, 422)),
    Endpoint("POST", "/api/plans/undo/{id}", planning.undo, Scope.WRITE, "Take a change of many plans back",
             "Replanned", errors=(404, 410)),
    _read("/api/series", planning.every_series, "Series", "AllSeries"),
    Endpoint("POST", "/api/series", planning.create_series, Scope.WRITE, "Make a series", "Series", 201,
             planning_requests.SaveSeries, errors=(404, 422)),
    Endpoint("PUT", "/api/series/{id}", planning.change_series, Scope.WRITE, "Replace a series", "Series",
             body=planning_requests.SaveSeries, errors=(404, 422)),
    _read("/api/series/{id}", planning.one_series, "A series: its parts, and which is next", "Series"),
    _gone("/api/series/{id}", planning.remove_series, "Remove a series; its posts stay"),
    Endpoint("POST", "/api/series/{id}/restore", planning.restore_series, Scope.WRITE, "Take a removal back",
             "Series", errors=(404, 409)),
    _read("/api/times/read", planning.read_time, "What words such as “fri 18:00” or “next slot” mean", "ReadTime",
          query=("when", "time_zone", "post_id")),
    _read("/api/times", planning.times, "Times to offer for words typed so far", "Times", query=("typed.q",)),
)  # fmt: skip

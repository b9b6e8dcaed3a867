"""The calls of the rooms beside the posts in the route table."""

from core.scopes import Scope
from web.api import keep_lists, library, looking, room_requests, sales
from web.api.endpoint import Endpoint

_Q = "/api/sale-queue"
_F = "/api/accounts/{id}/folders"
_ONE_FOLDER = f"{_F}/{{folder_id}}"
_T = "/api/templates"
_L = "/api/keep-lists"
_P = "/api/price-presets"
_CHANGED = (404, 409, 422)
_ASKED = (404, 409, 422, 502, 503)
_SAMPLES = "/api/posts/{id}/figures"
R, W, S = Scope.READ, Scope.WRITE, Scope.SALES

SALES: tuple[Endpoint, ...] = (
    Endpoint("GET", f"{_Q}/next", sales.next_entry, S, "Lease the next work to put on sale", "NextSale",
             errors=(422,), query=("client_id",)),
    Endpoint("POST", f"{_Q}/{{id}}/heartbeat", sales.heartbeat, S, "Keep the lease", "NextSale",
             body=room_requests.LeaseToken, errors=_CHANGED),
    Endpoint("POST", f"{_Q}/{{id}}/complete", sales.complete, S, "It is on sale", "Sale",
             body=room_requests.LeaseToken, errors=_CHANGED),
    Endpoint("POST", f"{_Q}/{{id}}/fail", sales.fail, S, "It did not work; it comes back twice", "Sale",
             body=room_requests.FailSale, errors=_CHANGED),
    Endpoint("POST", f"{_Q}/{{id}}/screenshot", sales.screenshot, S,
             "What the client saw: a PNG, JPEG or WebP as the body, `?lease_token=` beside it", "Sale",
             errors=(404, 409, 413, 422), asks=("lease_token",), raw="image/*"),
    Endpoint("POST", f"{_Q}/{{id}}/release", sales.release, S, "Give it back untried; it waits again", "Sale",
             body=room_requests.LeaseToken, errors=_CHANGED),
    Endpoint("GET", f"{_Q}/{{id}}/screenshot", sales.seen, R, "The picture that its client sent", "", errors=(404,),
             gives="image/*"),
    Endpoint("GET", _Q, sales.every, R, "The sale queue, newest first", "Sales", errors=(422,),
             query=("sales.status", "limit", "cursor")),
    Endpoint("POST", f"{_Q}/{{id}}/skip", sales.skip, W, "Do not put it on sale", "Sale", errors=_CHANGED),
    Endpoint("POST", f"{_Q}/{{id}}/queue", sales.queue_again, W, "Back to the queue", "Sale", errors=_CHANGED),
    Endpoint("GET", _P, sales.presets, R, "Price presets, archived ones too", "Presets"),
    Endpoint("POST", _P, sales.create_preset, W, "Make a price preset", "Preset", 201, body=room_requests.NewPreset,
             errors=(422,)),
    Endpoint("PUT", f"{_P}/{{id}}", sales.change_preset, W, "Change a price preset", "Preset",
             body=room_requests.NewPreset, errors=(404, 422)),
    Endpoint("DELETE", f"{_P}/{{id}}", sales.archive_preset, W, "Archive a price preset", "Preset", errors=(404,)),
    Endpoint("POST", f"{_P}/{{id}}/restore", sales.restore_preset, W, "Use an archived preset again", "Preset",
             errors=(404, 422)),
    Endpoint("POST", f"{_P}/{{id}}/default", sales.make_default, W, "Use it where nothing else is said", "Preset",
             errors=(404, 409)),
    Endpoint("GET", "/api/posts/{id}/wishes", sales.wishes, R, "What shall happen once it is published", "Wishes",
             errors=(404,)),
    Endpoint("POST", "/api/posts/{id}/offer", sales.offer, W, "Put it on sale once it is published",
             body=room_requests.OfferPost, errors=_CHANGED),
)  # fmt: skip
LIBRARY: tuple[Endpoint, ...] = (
    Endpoint("GET", _T, library.templates, R, "Templates", "Templates"),
    Endpoint("POST", _T, library.create_template, W, "Make a template", "Template", 201,
             body=room_requests.NewTemplate, errors=(422,)),
    Endpoint("POST", f"{_T}/preview", library.preview, R, "What templates would make of a post", "TemplatePreview",
             body=room_requests.TryTemplates, errors=(404, 422)),
    Endpoint("PATCH", f"{_T}/{{id}}", library.change_template, W, "Change a template", "Template",
             body=room_requests.ChangeTemplate, errors=_CHANGED),
    Endpoint("DELETE", f"{_T}/{{id}}", library.remove_template, W, "Remove a template", "Template", errors=(404,)),
    Endpoint("POST", f"{_T}/{{id}}/restore", library.restore_template, W, "Take a removal back", "Template",
             errors=(404, 422)),
    Endpoint("POST", "/api/posts/{id}/templates", library.apply, W, "Lay templates over a post, in order",
             body=room_requests.ApplyTemplates, errors=_CHANGED),
    Endpoint("POST", "/api/posts/{id}/comment", library.comment, W, "A first comment once it is published",
             body=room_requests.CommentPost, errors=_CHANGED),
    Endpoint("PUT", "/api/keys/{id}/templates", library.use_at_key, Scope.ADMIN,
             "What everything arriving with a key is made with", "DoorTemplates",
             body=room_requests.DoorTemplates, errors=(404, 422)),
    Endpoint("GET", "/api/drop-channels", library.drop_channels, R,
             "Discord channels whose pictures become your posts", "DropChannels"),
    Endpoint("PUT", "/api/drop-channels/{id}/templates", library.use_at_channel, Scope.ADMIN,
             "What everything dropped in a channel is made with", "DoorTemplates",
             body=room_requests.DoorTemplates, errors=(404, 422)),
    Endpoint("GET", "/api/tags", library.suggest_tags, R, "Tags that begin so: the artist's own best first",
             "TagSuggestions", query=("typed.q",)),
    Endpoint("GET", _F, library.folders, R, "Gallery folders of an account", "Folders",
             errors=(404, 422), query=("refresh",)),
    Endpoint("POST", _F, library.create_folder, W, "Make a folder", "Folder", 201, body=room_requests.NewFolder,
             errors=_ASKED),
    Endpoint("PUT", f"{_F}/order", library.arrange_folders, W, "Bring folders into an order; how many had to move",
             "Done", body=room_requests.FolderOrder, errors=_ASKED),
    Endpoint("PATCH", _ONE_FOLDER, library.change_folder, W, "Rename, describe, nest, set the cover", "Folder",
             body=room_requests.ChangeFolder, errors=_ASKED),
    Endpoint("DELETE", _ONE_FOLDER, library.remove_folder, W, "Remove a folder; its works stay published", "Folder",
             errors=_ASKED),
    Endpoint("GET", f"{_ONE_FOLDER}/works", library.folder_contents, R, "Works in a folder", "FolderPage",
             errors=_ASKED, query=("offset",)),
    Endpoint("PUT", f"{_ONE_FOLDER}/works/order", library.arrange_works, W,
             "Bring a page of works into an order; how many had to move", "Done", body=room_requests.WorkOrder,
             errors=_ASKED),
    Endpoint("POST", f"{_ONE_FOLDER}/works", library.change_works, W, "Copy, move, take out works or put them first",
             "Done", body=room_requests.FolderWorks, errors=_ASKED),
)  # fmt: skip
LOOKING: tuple[Endpoint, ...] = (
    Endpoint("GET", "/api/inspiration", looking.inspiration, R, "Look around on DeviantArt", "Inspiration",
             errors=(409, 422, 502, 503),
             query=("sight", "name", "date", "mature", "popular", "cursor", "account_id")),
    Endpoint("GET", _L, keep_lists.lists, R, "Your lists of works to look at later", "KeepLists"),
    Endpoint("POST", _L, keep_lists.create, W, "Make a list", "KeepList", 201, body=room_requests.NameList,
             errors=(422,)),
    Endpoint("PATCH", f"{_L}/{{id}}", keep_lists.rename, W, "Rename a list", "KeepList",
             body=room_requests.NameList, errors=(404, 422)),
    Endpoint("DELETE", f"{_L}/{{id}}", keep_lists.remove, W, "Remove a list", "", 204, errors=(404,)),
    Endpoint("GET", f"{_L}/{{id}}/works", keep_lists.works, R, "What is kept in it, newest first", "KeptWorks",
             errors=(404, 422), query=("limit", "cursor")),
    Endpoint("POST", f"{_L}/{{id}}/works", keep_lists.keep, W, "Keep a work in it", "KeepList",
             body=room_requests.KeepWork, errors=_ASKED, query=("account_id",)),
    Endpoint("DELETE", f"{_L}/{{id}}/works/{{work_id}}", keep_lists.drop, W, "Take a work out of it", "", 204,
             errors=(404,)),
    Endpoint("GET", "/api/figures", looking.figures, R, "How published works fare", "Figures", errors=(422,),
             query=("sort", "account_id", "limit", "cursor")),
    Endpoint("GET", "/api/figures/months", looking.months, R, "The same by month of publication", "Months",
             query=("account_id",)),
    Endpoint("GET", _SAMPLES, looking.samples, R, "How one post fares, day by day", "WorkSamples", errors=(404,)),
    Endpoint("POST", _SAMPLES, looking.ask_now, W, "Ask DeviantArt for its figures now", "WorkSamples",
             errors=_ASKED),
)  # fmt: skip
ROOM_ENDPOINTS = SALES + LIBRARY + LOOKING

"""The rooms of the API, in the order in which people look for them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Group:
    """`starts`: how the paths of its calls begin; the longest that fits decides."""

    slug: str
    name: str
    text: str
    starts: tuple[str, ...]


GROUPS: Final = (
    Group("uploads", "Uploads", "Pictures from programs. They wait in Review.", ("/api/comfyui", "/hook")),
    Group("posts", "Posts", "Works on their way: fields, files, state, history.",
          ("/api/posts", "/api/uploads")),
    Group("many", "Many posts at once", "One change for many: a preview, what became of each, the way back.",
          ("/api/posts/batch", "/api/changes")),
    Group("planning", "Planning", "When things go out: slots, the queue, spreads, pacing, holidays, series.",
          ("/api/slots", "/api/queue", "/api/spread", "/api/plans", "/api/holidays", "/api/series", "/api/times",
           "/api/good-times", "/api/accounts/{id}/slots", "/api/accounts/{id}/pacing", "/api/calendar",
           "/calendar.ics")),
    Group("automations", "Automations", "Rules that schedule drafts, with a dry run.", ("/api/automations",)),
    Group("library", "Templates and folders", "Reusable texts and tags, and DeviantArt's gallery folders.",
          ("/api/templates", "/api/tags", "/api/accounts/{id}/folders", "/api/posts/{id}/templates",
           "/api/posts/{id}/comment", "/api/keys/{id}/templates")),
    Group("sales", "Sales", "Works that are put on sale, and their prices.",
          ("/api/sale-queue", "/api/price-presets", "/api/posts/{id}/offer", "/api/posts/{id}/wishes")),
    Group("looking", "Inspiration and figures", "Looking around on DeviantArt, and how your works fare.",
          ("/api/inspiration", "/api/figures", "/api/posts/{id}/figures", "/api/keep-lists")),
    Group("keys", "Keys", "Keys for programs: limits, change-over, what they did.", ("/api/keys",)),
    Group("webhooks", "Webhooks", "What Isekai tells other programs.", ("/api/webhooks",)),
    Group("plans", "Import and export", "Plans in, everything out.", ("/api/import", "/api/export")),
    Group("you", "You and your accounts", "Who calls, settings, notices, linked accounts, pausing.",
          ("/api/me", "/api/status", "/api/settings", "/api/accounts", "/api/sessions", "/api/pause", "/api/resume",
           "/api/discord")),
    Group("instance", "The instance", "Health, people and what administrators decide.", ("/",)),
)  # fmt: skip


def group_of(path: str) -> Group:
    """Every path belongs somewhere: the last group takes what no other does."""
    return max(
        GROUPS, key=lambda group: max((len(start) for start in group.starts if path.startswith(start)), default=0)
    )

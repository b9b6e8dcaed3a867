"""What browser tests do again and again: sign in, look, wait for what should be there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response

from tests.support import waiting
from tests.support.app import AppHarness, Caller

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = 390, 1440
HEIGHTS = {PHONE: 844, DESK: 900}
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What hangs over a page covers whatever is below it until that is scrolled, and axe does not scroll.
UNSTICK = """() => document.querySelectorAll("main *, .tabs, .top").forEach((element) => {
  if (["sticky", "fixed"].includes(getComputedStyle(element).position)) element.style.position = "static";
})"""
GIVEN_UP = "net::ERR_ABORTED"
# What scripts say of a request that failed, whatever the cause: the browser, and what waited for the answer.
FAILED_REQUEST = ("Failed to load resource", "Failed to fetch", "network error", "BodyStreamBuffer was aborted")
COLLECT = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation",
    (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@dataclass
class House:
    """A running instance and the browsers that visit it."""

    app: AppHarness
    browser: Browser
    trouble: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)
    # Answers of 4xx, and failures of the network, that a test means to cause.
    expected: set[int | str] = field(default_factory=set)

    async def visitor(self, *, width: int = DESK, scripts: bool = True, theme: Any = "light") -> Page:
        """A browser that nobody is signed in to."""
        context = await self.browser.new_context(
            base_url=self.app.url,
            viewport={"width": width, "height": HEIGHTS[width]},
            has_touch=width == PHONE,
            java_script_enabled=scripts,
            color_scheme=theme,
            timezone_id="UTC",
        )
        context.set_default_timeout(10_000)
        if scripts:
            await context.add_init_script(COLLECT)
        self._contexts.append(context)
        page = await context.new_page()
        self._watch(page)
        return page

    async def artist(self, name: str = "mira", **how: Any) -> tuple[Page, Caller]:
        """A browser in which that artist is signed in, and the same session for calls of the API."""
        page = await self.visitor(**how)
        return page, await self.signs_in_again(page, name)

    async def signs_in_again(self, page: Page, name: str = "mira") -> Caller:
        """As in another tab of the same browser."""
        caller = await self.app.sign_in(name)
        await page.context.add_cookies(
            [
                {"name": cookie.key, "value": cookie.value, "url": self.app.url}
                for cookie in caller.jar
                if cookie.key == "isekai_session"
            ]
        )
        return caller

    async def posts(self, caller: Caller, status: str) -> list[dict[str, Any]]:
        answer = await caller.get(f"/api/posts?status={status}&limit=100")
        assert answer.status == 200, answer.text
        return list(answer.body["items"])

    async def post(self, caller: Caller, post_id: str) -> dict[str, Any]:
        return dict((await caller.get(f"/api/posts/{post_id}")).body)

    async def draft(self, caller: Caller) -> dict[str, Any]:
        """One of the samples, approved."""
        waiting = await self.posts(caller, "review")
        answer = await caller.post(f"/api/posts/{waiting[-1]['id']}/approve", json={})
        assert answer.status == 200, answer.text
        return dict(answer.body)

    async def scheduled(self, caller: Caller, local: str) -> dict[str, Any]:
        """One of the samples, planned for a wall clock in UTC."""
        draft = await self.draft(caller)
        answer = await caller.post(f"/api/posts/{draft['id']}/schedule", json={"local": local, "time_zone": "UTC"})
        assert answer.status == 200, answer.text
        return dict(answer.body)

    async def until_status(self, caller: Caller, post_id: str, status: str) -> dict[str, Any]:
        async def is_so() -> bool:
            return (await self.post(caller, post_id))["status"] == status

        await eventually(is_so)
        return await self.post(caller, post_id)

    async def axe(self, page: Page, *, only: Sequence[str] = ()) -> Sequence[str]:
        """What an automatic check of accessibility finds, a line each; *only* names rules."""
        if not await page.evaluate("() => 'axe' in window"):
            await page.evaluate(AXE.read_text() + ";0")
        found = await page.evaluate(f"axe.run({{runOnly: {list(only) or AXE_RULES}}})")
        return [f"{v['id']}: {[n['target'] for n in v['nodes']][:3]}" for v in found["violations"]]

    async def close(self) -> None:
        for context in self._contexts:
            for page in context.pages:
                violations = await page.evaluate("() => window.violations || []") if not page.is_closed() else []
                self.trouble += [f"content policy: {violation}" for violation in violations]
            await context.close()

    def assert_no_trouble(self) -> None:
        assert not self.trouble, "\n".join(self.trouble)

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._complained(f"script: {error}"))
        page.on("console", self._heard)
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complained(f"console: {message.text}")

    def _complained(self, what: str) -> None:
        # Requests that fail are judged below, by their status or by what became of them.
        if not any(words in what for words in FAILED_REQUEST):
            self.trouble.append(what)

    def _failed(self, request: Request) -> None:
        # Whoever leaves a page, or closes it, gives up what it was asking for: that is no trouble.
        if request.failure not in {GIVEN_UP, *self.expected}:
            self.trouble.append(f"{request.failure} {request.method} {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.trouble.append(f"{response.status} {response.request.method} {response.url}")


async def eventually(is_so: Callable[[], object], *, seconds: float = 20) -> None:
    """A browser beside the tests takes its time."""
    await waiting.eventually(is_so, seconds=seconds)

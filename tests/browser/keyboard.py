"""Going through a page by keys, and whether one sees where one is."""

from playwright.async_api import Page

# The element that has the focus: how it is called, whether a ring shows that, and whether anything lies over it. The
# button inside a field for a time is the browser's own, and so is its ring.
_LOOK = """
  const one = document.activeElement;
  const isRinged = (around) => around && getComputedStyle(around).outlineStyle !== "none";
  const shown = [...(one.labels || [])].find((label) => isRinged(label)) || one;
  const { left, top, width, height } = shown.getBoundingClientRect();
  const above = document.elementFromPoint(left + Math.min(width, 40) / 2, top + height / 2);
  const rings = isRinged(one) || shown !== one || isRinged(one.closest("label"));
  const isFree = shown.contains(above) || above?.contains(one) || one.labels?.[0]?.contains(above);
  return {
    name: (one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent).trim(),
    is_seen: one !== document.body && (rings || !one.matches(":focus")) && Boolean(isFree),
  };
"""
_HERE = f"() => {{ {_LOOK} }}"
# Every stop of a page in turn, as Tab would come to it: those on which the focus could not be seen.
_UNSEEN = f"""() => {{
  const look = () => {{ {_LOOK} }};
  const found = [];
  const stops = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const one of document.querySelectorAll(`main :is(${{stops}}), .tabs :is(${{stops}})`)) {{
    if (one.tabIndex < 0 || one.disabled || !one.checkVisibility({{ visibilityProperty: true }})) continue;
    one.focus({{ focusVisible: true }});
    const {{ is_seen, name }} = look();
    if (document.activeElement === one && !is_seen) found.push(`${{one.localName}} “${{name.slice(0, 40)}}”`);
  }}
  document.activeElement?.blur();
  scrollTo(0, 0);
  return found;
}}"""


async def here(page: Page) -> str:
    found = await page.evaluate(_HERE)
    assert found["is_seen"], f"the focus on “{found['name']}” cannot be seen"
    return str(found["name"])


async def tab_to(page: Page, name: str, *, key: str = "Tab") -> None:
    """From where the focus is, over what lies between; each stop has to be seen."""
    passed: list[str] = []
    while not passed or not passed[-1].startswith(name):
        assert len(passed) < 90, passed
        await page.keyboard.press(key)
        passed.append(await here(page))


async def opened(page: Page, path: str) -> None:
    await page.goto(path)
    await page.locator("#main").focus()


async def pressed(page: Page, key: str = "Enter") -> None:
    """A form that begins its page anew."""
    async with page.expect_navigation():
        await page.keyboard.press(key)
    await page.wait_for_load_state()


async def unseen_stops(page: Page) -> list[str]:
    """Controls of the page whose focus has no ring, or lies below something."""
    return list(await page.evaluate(_UNSEEN))

// One keyboard map for every page: `?` lists it. Keys rest while somebody types or a dialog is open.
(() => {
  const PLACES = { h: "/", r: "/review", d: "/drafts", c: "/calendar", s: "/scheduled", p: "/published", f: "/failed", t: "/trash", ",": "/settings" };
  const VERBS = { a: "approve", r: "reject" };
  const EDITABLE = "input:not([type=checkbox]), textarea, select, [contenteditable]";
  let going = 0;

  const items = () => [...document.querySelectorAll("[data-item]")];
  const current = () => document.activeElement?.closest?.("[data-item]") || document.querySelector("[data-item].is-current");

  const moveTo = (item) => {
    if (!item) return;
    document.querySelector("[data-item].is-current")?.classList.remove("is-current");
    item.classList.add("is-current");
    const link = item.querySelector("[data-open]");
    link?.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
  };

  const step = (by) => {
    const all = items();
    if (!all.length) return false;
    const at = all.indexOf(current());
    moveTo(at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[Math.min(all.length - 1, Math.max(0, at + by))]);
    return true;
  };

  // In a grid, up and down go to the picture above or below.
  const rowStep = (down) => {
    const here = current();
    if (!here || !here.matches(".shot")) return step(down ? 1 : -1);
    const from = here.getBoundingClientRect();
    const middle = from.left + from.width / 2;
    let best = null;
    for (const item of items()) {
      const box = item.getBoundingClientRect();
      const away = down ? box.top - from.top : from.top - box.top;
      if (away < from.height / 3) continue;
      const distance = away * 3 + Math.abs(box.left + box.width / 2 - middle);
      if (!best || distance < best.distance) best = { item, distance };
    }
    if (best) moveTo(best.item);
    return true;
  };

  const press = (scope, verb) => {
    const form = scope?.querySelector(`form[data-verb="${verb}"]`);
    if (!form) return false;
    const all = items();
    const next = scope.matches("[data-item]") ? all[all.indexOf(scope) + 1] || all[all.indexOf(scope) - 1] : null;
    form.requestSubmit(form.querySelector("button"));
    if (next) moveTo(next);
    return true;
  };

  const click = (selector) => {
    const element = document.querySelector(selector);
    if (!element) return false;
    element.click();
    return true;
  };

  // With something selected a verb is for all of that, never for the one that happens to be current.
  const forSelected = (key) => {
    const bar = document.querySelector("#bulk.open");
    if (!bar) return null;
    if (key === "a" || key === "r") return click(`#bulk [name=action][value=${VERBS[key]}]`);
    if (key === "e") return click("#bulk [value=choose]");
    const field = bar.querySelector({ t: "#bulk-tags", s: "#bulk-local" }[key]);
    if (!field) return false;
    field.closest("details").open = true;
    field.focus();
    return true;
  };

  const scope = () => document.querySelector("[data-single]") || current();

  const act = (key, event) => {
    if (going && PLACES[key]) { going = 0; location.assign(PLACES[key]); return true; }
    going = 0;
    // A page with keys of its own.
    const own = [...document.querySelectorAll("[data-keys] [aria-keyshortcuts]")].find((one) => one.getAttribute("aria-keyshortcuts") === key);
    if (own) { own.click(); return true; }
    switch (key) {
      case "?": document.getElementById("keys-help").showModal(); return true;
      case "/": { const field = document.getElementById("q") || document.getElementById("search"); if (!field) return false; field.focus(); field.select(); return true; }
      case "g": going = Date.now(); setTimeout(() => { going = 0; }, 1200); return true;
      case "u": return click("[data-upload]");
      case "j": case "ArrowRight": return document.querySelector("[data-single]") ? click(".step.next") : key === "j" || current()?.matches(".shot") ? step(1) : false;
      case "k": case "ArrowLeft": return document.querySelector("[data-single]") ? click(".step.prev") : key === "k" || current()?.matches(".shot") ? step(-1) : false;
      case "ArrowDown": return items().length && current() ? rowStep(true) : false;
      case "ArrowUp": return items().length && current() ? rowStep(false) : false;
      case "z": return window.zoomStage ? window.zoomStage() : false;
      case "x": { const box = current()?.querySelector("input[name=ids]"); if (!box) return false; box.click(); return true; }
      case "b": { const first = document.querySelector("#bulk.open :is(summary, .verbs button), :has(input:checked) > .with-selected button"); if (!first) return false; first.focus(); return true; }
      case "a": case "r": return forSelected(key) ?? press(scope(), VERBS[key]);
      case "t": return forSelected(key) ?? false;
      case "e": case "s": {
        const many = forSelected(key);
        if (many !== null) return many;
        const link = scope()?.querySelector(`[aria-keyshortcuts="${key}"]`);
        if (!link) return false;
        link.click();
        return true;
      }
      case "Escape": return escape(event);
    }
    if (/^[1-9]$/.test(key)) return window.pickFromBatch ? window.pickFromBatch(Number(key), current()) : false;
    return false;
  };

  const escape = () => {
    const ticked = document.querySelectorAll("#main input[name=ids]:checked");
    if (ticked.length) {
      // The bar of what is selected goes, and with it the focus.
      const back = document.activeElement?.closest?.("#bulk, .with-selected") ? current() : null;
      for (const box of ticked) { box.checked = false; box.dispatchEvent(new Event("change", { bubbles: true })); }
      if (back) moveTo(back);
      return true;
    }
    document.querySelector("[data-item].is-current")?.classList.remove("is-current");
    // From close up to the whole picture, from one picture to all of them.
    return document.querySelector(".stage.zoomed") ? window.zoomStage() : click("[data-back]");
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") {
      const save = document.querySelector("form[data-keep]");
      if (save) { event.preventDefault(); save.requestSubmit(); }
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z" && !event.target.matches?.(EDITABLE)) {
      // What the message at the bottom offers; somebody who types takes back their typing.
      if (click('#toasts :is(form[data-verb="undo"] button, [data-undo])')) event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.(EDITABLE)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.target.closest?.("#calendar") && event.key.startsWith("Arrow")) return;
    if (act(event.key, event)) event.preventDefault();
  });
  // Whoever comes back to a list goes on where they left it. Once it is loaded: going to a fragment takes the focus away.
  addEventListener("load", () => {
    const came = /^#post-\d+$/.test(location.hash) && document.querySelector(`[data-item]${location.hash}`);
    if (came) moveTo(came);
  });
  // A post that leaves its list takes the focus with it: then it is at the post that has come into its place.
  let held = null;
  const hold = () => {
    if (!held || held.item.isConnected || document.activeElement !== document.body) return;
    const all = items();
    moveTo(all[Math.min(held.at, all.length - 1)]);
  };
  const ASIDE = "dialog, #toasts";
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(`[data-item], ${ASIDE}`)) held = null; });
  document.addEventListener("close", () => setTimeout(hold), true);
  new MutationObserver(hold).observe(document.getElementById("main"), { childList: true, subtree: true });

  document.addEventListener("focusin", (event) => {
    const item = event.target.closest?.("[data-item]");
    // The way to more works gives its place to the first of them.
    const more = event.target.closest?.(".wall-more");
    if (item) held = { item, at: items().indexOf(item) };
    else if (more) held = { item: more, at: items().length };
    else if (!event.target.closest?.(ASIDE)) held = null;
    if (!item) return;
    document.querySelector("[data-item].is-current")?.classList.remove("is-current");
    item.classList.add("is-current");
  });
})();

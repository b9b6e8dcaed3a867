// Lists whose order is the artist's, by drag and by arrow keys. The new order shows at once; when it is refused, it goes
// back. `data-field` names what is sent for each entry. The library that drags is fetched when a hand comes near a list.
(() => {
  const library = document.currentScript.dataset.sortable;
  const topOf = (list) => list.closest("[data-sort][data-url]");
  const ids = (list) => [...list.children].map((item) => item.dataset.entry);
  let before = null;

  const restore = (list, order) => {
    const items = new Map([...list.children].map((item) => [item.dataset.entry, item]));
    for (const id of order) list.append(items.get(id));
  };

  const save = async (list, order) => {
    const wanted = ids(list);
    if (wanted.join() === order.join()) return;
    const top = topOf(list);
    const fields = new URLSearchParams([["parent_id", list.dataset.sort], ...wanted.map((id) => [top.dataset.field, id])]);
    try {
      window.say((await window.send(top.dataset.url, fields, { keepalive: true })).message);
    } catch (error) {
      const held = list.contains(document.activeElement) && document.activeElement;
      restore(list, order);
      if (held) held.focus();
      window.toast(`${error.message} The order is as it was.`, { bad: true });
    }
  };

  const sortable = new WeakSet();
  const begin = (list) => {
    if (sortable.has(list)) return;
    sortable.add(list);
    Sortable.create(list, {
      handle: ".grip",
      draggable: "[data-entry]",
      // The same drag for mouse and touch; a browser's own will not start on a button everywhere.
      forceFallback: true,
      fallbackTolerance: 3,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
      onStart: () => { before = ids(list); },
      onEnd: () => { save(list, before); },
    });
  };

  let loading = null;
  const load = () => loading ??= new Promise((done, failed) => {
    if (window.Sortable) return done();
    const script = document.createElement("script");
    script.src = library;
    script.onload = done;
    script.onerror = failed;
    document.head.append(script);
  });
  // Before a press there is always a pointer over the list; the library then hears of the press itself.
  document.addEventListener("pointerover", (event) => {
    const lists = [];
    for (let list = event.target.closest("[data-sort]"); list; list = list.parentElement.closest("[data-sort]")) lists.push(list);
    if (!lists.length || lists.every((list) => sortable.has(list))) return;
    if (window.Sortable) lists.forEach(begin);
    else load().then(() => lists.forEach(begin), () => { loading = null; });
  });
  // A finger is over it and presses at once.
  if (matchMedia("(pointer: coarse)").matches && document.querySelector("[data-sort]")) load().catch(() => { loading = null; });

  let pending = 0;
  let started = null;
  const flush = () => {
    if (!started) return;
    const { list, order } = started;
    started = null;
    save(list, order);
  };
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.(".grip");
    const forward = { ArrowUp: false, ArrowLeft: false, ArrowDown: true, ArrowRight: true }[event.key];
    if (!grip || forward === undefined) return;
    event.preventDefault();
    const item = grip.closest("[data-entry]");
    const list = item.parentElement;
    const next = !forward ? item.previousElementSibling : item.nextElementSibling;
    if (!next) return;
    if (started && started.list !== list) flush();
    started ??= { list, order: ids(list) };
    if (!forward) next.before(item); else next.after(item);
    grip.focus();
    const name = item.querySelector(".name").textContent;
    window.say(`${name}: position ${ids(list).indexOf(item.dataset.entry) + 1} of ${list.children.length}`);
    // Several presses are one change, sent once the hand rests.
    clearTimeout(pending);
    pending = setTimeout(flush, 700);
  });
  // Who leaves before that has moved it all the same.
  addEventListener("pagehide", flush);
})();

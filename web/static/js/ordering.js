// Lists whose order is the artist's, by drag and by arrow keys. The new order shows at once; when it is refused, it goes
// back. `data-field` names what is sent for each entry.
(() => {
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
      const answer = await fetch(top.dataset.url, {
        method: "POST",
        headers: { "X-CSRF-Token": document.body.dataset.csrf, Accept: "application/json" },
        body: fields,
      });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.error);
      window.say(said.message);
    } catch (error) {
      restore(list, order);
      window.toast(error.message || "The server could not be reached. The order is as it was.", { bad: true });
    }
  };

  const sortable = new WeakSet();
  const begin = () => document.querySelectorAll("[data-sort]").forEach((list) => {
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
  });
  begin();
  // A page that follows changes may grow a list.
  document.addEventListener("htmx:after:swap", begin);

  let pending = 0;
  let started = null;
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.(".grip");
    const forward = { ArrowUp: false, ArrowLeft: false, ArrowDown: true, ArrowRight: true }[event.key];
    if (!grip || forward === undefined) return;
    event.preventDefault();
    const item = grip.closest("[data-entry]");
    const list = item.parentElement;
    const next = !forward ? item.previousElementSibling : item.nextElementSibling;
    if (!next) return;
    if (!started || started.list !== list) started = { list, order: ids(list) };
    if (!forward) next.before(item); else next.after(item);
    grip.focus();
    const name = item.querySelector(".name").textContent;
    window.say(`${name}: position ${ids(list).indexOf(item.dataset.entry) + 1} of ${list.children.length}`);
    // Several presses are one change, sent once the hand rests.
    clearTimeout(pending);
    pending = setTimeout(() => { const { list: changed, order } = started; started = null; save(changed, order); }, 700);
  });
})();

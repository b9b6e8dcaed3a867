// Lists whose order is the artist's, by drag and by arrow keys. The new order shows at once; when it is refused, it goes
// back. `data-field` names what is sent for each entry.
(() => {
  const top = document.querySelector("[data-sort][data-url]");
  if (!top) return;
  const ids = (list) => [...list.children].map((item) => item.dataset.entry);
  let before = null;

  const restore = (list, order) => {
    const items = new Map([...list.children].map((item) => [item.dataset.entry, item]));
    for (const id of order) list.append(items.get(id));
  };

  const save = async (list, order) => {
    const wanted = ids(list);
    if (wanted.join() === order.join()) return;
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

  for (const list of document.querySelectorAll("[data-sort]")) {
    Sortable.create(list, {
      handle: ".grip",
      draggable: ".folder",
      // The same drag for mouse and touch; a browser's own will not start on a button everywhere.
      forceFallback: true,
      fallbackTolerance: 3,
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 140,
      onStart: () => { before = ids(list); },
      onEnd: () => { save(list, before); },
    });
  }

  let pending = 0;
  let started = null;
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.(".grip");
    if (!grip || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const item = grip.closest(".folder");
    const list = item.parentElement;
    const next = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
    if (!next) return;
    if (!started || started.list !== list) started = { list, order: ids(list) };
    if (event.key === "ArrowUp") next.before(item); else next.after(item);
    grip.focus();
    const name = item.querySelector(".name").textContent;
    window.say(`${name}: position ${ids(list).indexOf(item.dataset.entry) + 1} of ${list.children.length}`);
    // Several presses are one change, sent once the hand rests.
    clearTimeout(pending);
    pending = setTimeout(() => { const { list: changed, order } = started; started = null; save(changed, order); }, 700);
  });
})();

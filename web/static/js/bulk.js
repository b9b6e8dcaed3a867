// Ticking shows the bar at the bottom; Shift ticks a stretch; the bar says how many, and offers all that the list finds.
(() => {
  let last = null;
  const boxes = () => [...document.querySelectorAll("#main input[name=ids]")];

  const refresh = () => {
    const bar = document.getElementById("bulk");
    if (!bar) return;
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    const everything = bar.querySelector("[data-everything]");
    if (everything && ticked < all.length) everything.checked = false;
    const total = document.getElementById("total")?.textContent.trim();
    if (everything && total) bar.querySelector("[data-total]").textContent = total;
    bar.classList.toggle("open", ticked > 0);
    document.body.classList.toggle("picking", ticked > 0);
    bar.querySelector("[data-selected]").textContent = everything?.checked ? "All selected" : `${ticked} selected`;
    bar.querySelector("[data-select-all]").textContent = ticked && ticked === all.length ? "Select none" : "Select all on this page";
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-select-all]")) {
      const all = boxes();
      const tick = all.some((box) => !box.checked);
      for (const box of all) box.checked = tick;
      return refresh();
    }
    const box = event.target;
    if (!box.matches?.("#main input[name=ids]")) return;
    if (event.shiftKey && last && last.isConnected) {
      const all = boxes();
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      for (const between of all.slice(from, to + 1)) between.checked = box.checked;
    }
    last = box;
    refresh();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-everything]")) {
      if (event.target.checked) for (const box of boxes()) box.checked = true;
      return refresh();
    }
    if (event.target.matches?.("#main input[name=ids]")) refresh();
  });
  // Enter in a field of a menu presses that menu's button; on a box it opens what the box is for, as elsewhere in a row.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    const button = event.target.matches?.("#bulk .bulk-sheet :is(input, select)") && event.target.closest(".bulk-sheet").querySelector("button");
    const row = event.target.matches?.("#main input[name=ids]") && event.target.closest("[data-item]")?.querySelector("[data-open]");
    if (!button && !row) return;
    event.preventDefault();
    (button || row).click();
  });
  // What was ticked is ticked again where it still stands in the list: after tags, for the schedule that follows; after a
  // refusal, for another try; and on the way back from a page that was opened for it.
  const KEPT = "isekai-ticked";
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "bulk" || event.target.querySelector("[data-everything]:checked")) return;
    const ids = boxes().filter((box) => box.checked).map((box) => box.value);
    sessionStorage.setItem(KEPT, JSON.stringify({ at: Date.now(), on: location.href, ids }));
  });
  const tickAgain = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    if (!kept || kept.on !== location.href) return;
    sessionStorage.removeItem(KEPT);
    if (Date.now() - kept.at > 180000) return;
    for (const box of boxes()) if (kept.ids.includes(box.value)) box.checked = true;
  };
  tickAgain();

  document.addEventListener("htmx:after:swap", refresh);
  document.addEventListener("DOMContentLoaded", refresh);
  refresh();
})();

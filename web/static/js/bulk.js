// Ticking shows the bar at the bottom; Shift ticks a stretch; the bar says how many.
(() => {
  let last = null;
  const boxes = () => [...document.querySelectorAll("#main input[name=ids]")];

  const refresh = () => {
    const bar = document.getElementById("bulk");
    if (!bar) return;
    const ticked = boxes().filter((box) => box.checked).length;
    bar.classList.toggle("open", ticked > 0);
    document.body.classList.toggle("picking", ticked > 0);
    bar.querySelector("[data-selected]").textContent = `${ticked} selected`;
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
  document.addEventListener("change", (event) => { if (event.target.matches?.("#main input[name=ids]")) refresh(); });
  document.addEventListener("htmx:after:swap", refresh);
  document.addEventListener("DOMContentLoaded", refresh);
  refresh();
})();

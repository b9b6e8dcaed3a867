// Review: zoom, and numbers that pick the best of a batch.
(() => {
  document.addEventListener("click", (event) => {
    // The first that waits now: the one that was the first as the page began may be decided.
    const first = event.target.closest("[data-first]");
    const waiting = first && document.querySelector(".shot [data-open]");
    if (waiting) first.href = waiting.href;
    const stage = event.target.closest("[data-stage]");
    if (!stage || event.target.closest("a, button, video")) return;
    const blurred = event.target.closest(".mature");
    if (blurred && !blurred.classList.contains("shown")) return void blurred.classList.add("shown");
    if (event.target.matches("img")) zoom(stage);
  });

  // Pictures side by side are looked at together.
  const zoom = (stage) => {
    const is = !stage.classList.contains("zoomed");
    for (const one of stage.closest("[data-together]")?.querySelectorAll("[data-stage]") ?? [stage]) one.classList.toggle("zoomed", is);
    window.say(is ? "Zoomed in" : "Zoomed out");
  };
  window.zoomStage = () => {
    const stage = document.querySelector("[data-stage]:has(img)");
    if (!stage) return false;
    for (const blurred of document.querySelectorAll("[data-stage] .mature")) blurred.classList.add("shown");
    zoom(stage);
    return true;
  };

  // A batch's pictures carry the same numbers in the grid as one at a time: in the order in which they came.
  const batchOf = (name) => [...document.querySelectorAll(".shot[data-batch]")].filter((shot) => shot.dataset.batch === name)
    .sort((one, other) => Number(one.dataset.post) - Number(other.dataset.post));
  const number = () => {
    for (const badge of document.querySelectorAll(".shot > .nth")) badge.remove();
    for (const name of new Set([...document.querySelectorAll(".shot[data-batch]")].map((shot) => shot.dataset.batch))) {
      const batch = name ? batchOf(name) : [];
      if (batch.length < 2) continue;
      batch.slice(0, 9).forEach((shot, at) => {
        const badge = Object.assign(document.createElement("b"), { className: "nth", textContent: at + 1 });
        badge.title = `Press ${at + 1} to keep this one and reject the other ${batch.length - 1} of its batch`;
        shot.append(badge);
      });
    }
  };
  number();
  document.addEventListener("htmx:after:swap", number);

  // One at a time, taking a decision back leads back to its picture: a whole page, not only the message.
  document.addEventListener("submit", (event) => {
    if (event.target.matches('#toasts form[data-verb="undo"]') && document.querySelector("[data-single]")) event.stopImmediatePropagation();
  }, true);

  window.pickFromBatch = (number, current) => {
    const link = document.querySelector(`[data-batch-pick="${number}"]`);
    if (link) {
      const form = document.getElementById("pick-form");
      form.elements.keep.value = link.dataset.id;
      form.requestSubmit();
      return true;
    }
    const batch = current?.dataset.batch;
    if (!batch) return false;
    const all = batchOf(batch);
    if (all.length < 2 || !all[number - 1]) return false;
    const values = { keep: all[number - 1].dataset.post, ids: all.map((shot) => shot.dataset.post).join(",") };
    htmx.ajax("POST", "/review/pick", { values, swap: "none", source: document.getElementById("list") });
    return true;
  };
})();

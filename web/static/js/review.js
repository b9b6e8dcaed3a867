// Review: zoom, and numbers that pick the best of a batch.
(() => {
  document.addEventListener("click", (event) => {
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
    const all = [...document.querySelectorAll("[data-batch]")].filter((item) => item.dataset.batch === batch);
    if (all.length < 2 || !all[number - 1]) return false;
    const data = new FormData();
    data.append("keep", all[number - 1].dataset.post);
    for (const item of all) data.append("ids", item.dataset.post);
    htmx.ajax("POST", "/review/pick", { values: Object.fromEntries([["keep", data.get("keep")], ["ids", data.getAll("ids").join(",")]]), swap: "none", source: document.getElementById("list") });
    return true;
  };
})();

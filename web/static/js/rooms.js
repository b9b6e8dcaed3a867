// Lists that a field filters, and tags that DeviantArt knows for the field that looks for one.
(() => {
  document.addEventListener("input", (event) => {
    const list = document.getElementById(event.target.dataset?.filters || "");
    if (!list) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const item of list.querySelectorAll("[data-name]")) {
      const inside = [...item.querySelectorAll("[data-name]")].some((child) => child.dataset.name.includes(wanted));
      item.hidden = Boolean(wanted) && !item.dataset.name.includes(wanted) && !inside;
    }
  });

  const field = document.querySelector("[data-suggests]");
  const offers = document.getElementById("tag-suggestions");
  let waiting = 0;
  if (field && offers) field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = field.value;
      const answer = await fetch(`/api/tags?q=${encodeURIComponent(typed)}`).catch(() => null);
      const found = answer?.ok ? await answer.json() : null;
      // Another answer may have been quicker.
      if (found && field.value === typed) offers.replaceChildren(...found.items.map(({ tag }) => {
        const option = document.createElement("option");
        option.value = tag;
        return option;
      }));
    }, 250);
  });
})();

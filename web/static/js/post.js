// The post's page: counts what DeviantArt keeps, remembers that something is not saved, fills the schedule box.
(() => {
  const form = document.querySelector("form[data-keep]");

  const cleanTag = (tag) => tag.trim().replace(/^#+/, "").trim().replace(/[\s-]+/g, "_").replace(/[^\p{L}\p{N}\p{M}_]/gu, "").replace(/^_+|_+$/g, "");

  const showTags = (field) => {
    const list = document.getElementById("stored-tags");
    if (!list) return;
    const seen = new Map();
    for (const part of field.value.split(/[,\n]/)) {
      const tag = cleanTag(part);
      if (tag && !seen.has(tag.toLowerCase())) seen.set(tag.toLowerCase(), tag);
    }
    list.replaceChildren(...[...seen.values()].map((tag, at) => {
      const item = document.createElement("li");
      item.className = at < Number(field.dataset.tags) ? "tag" : "tag over";
      item.textContent = tag;
      return item;
    }));
  };

  const showCount = (field) => {
    const limit = Number(field.dataset.counts);
    let note = field.parentElement.querySelector(".kept");
    if (!note) {
      note = document.createElement("p");
      note.className = "kept";
      field.after(note);
    }
    const kept = field.value.trim().replace(/\s+/g, " ");
    note.textContent = kept.length > limit ? `DeviantArt keeps “${kept.slice(0, limit).trim()}”` : `${kept.length} of ${limit}`;
  };

  if (form) {
    const tags = form.querySelector("[data-tags]");
    const title = form.querySelector("[data-counts]");
    if (tags) tags.addEventListener("input", () => showTags(tags));
    if (title) { title.addEventListener("input", () => showCount(title)); showCount(title); }

    let dirty = false;
    const mark = () => { dirty = true; form.querySelector("[data-dirty]").hidden = false; };
    form.addEventListener("input", mark);
    form.addEventListener("submit", () => { dirty = false; });
    window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  }

  // The post changed elsewhere: with nothing typed the page simply follows.
  document.addEventListener("htmx:after:swap", () => {
    const behind = document.querySelector("[data-behind]");
    if (behind && (!form || form.querySelector("[data-dirty]").hidden)) location.reload();
  });

  document.addEventListener("click", (event) => {
    const fill = event.target.closest("[data-fill-url]");
    if (fill) {
      const field = fill.closest("section").querySelector("input[name=url]");
      field.value = fill.dataset.fillUrl;
      field.focus();
      return;
    }
    const button = event.target.closest("[data-local]");
    if (!button) return;
    const field = button.closest("form").elements.local;
    field.value = button.dataset.local;
    field.focus();
  });
})();

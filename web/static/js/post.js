// The post's page: counts what DeviantArt keeps, remembers that something is not saved, follows changes from
// elsewhere while nothing is typed, fills the schedule box. Listens on the document, for the page may be renewed.
(() => {
  let dirty = false;

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

  const showCounts = () => document.querySelectorAll("[data-counts]").forEach(showCount);

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (!form || !event.target.name) return;
    dirty = true;
    form.querySelector("[data-dirty]").hidden = false;
    if (event.target.matches("[data-tags]")) showTags(event.target);
    if (event.target.matches("[data-counts]")) showCount(event.target);
  });
  document.addEventListener("submit", (event) => { if (event.target.matches("form[data-keep]")) dirty = false; });
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  document.addEventListener("DOMContentLoaded", showCounts);

  // Files that were added are not offered again.
  document.addEventListener("htmx:after:request", (event) => {
    const form = event.target.closest?.("form[data-reset]");
    if (form && event.detail.ctx.response?.status < 300) form.reset();
  });

  // Changed elsewhere: with nothing typed the page simply follows.
  document.addEventListener("htmx:after:swap", () => {
    showCounts();
    if (document.querySelector("[data-behind]") && !dirty && !document.activeElement.closest(".side form, form[data-keep]")) {
      htmx.ajax("GET", location.pathname, { target: "#main", select: "#main", swap: "outerMorph" });
    }
  });

  // Words win over the wall clock when both are sent: whoever sets the clock means the clock.
  const forgetWords = (form) => {
    form.elements.when.value = "";
    form.querySelector("#when-said").replaceChildren();
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-schedule] [name=local]")) forgetWords(event.target.form);
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
    forgetWords(button.form);
    field.focus();
  });
})();

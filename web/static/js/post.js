// The post's page: counts a title's characters, remembers that something is not saved, follows changes from
// elsewhere while nothing is typed, fills the schedule box. Listens on the document, for the page may be renewed.
(() => {
  let dirty = false;

  const showCount = (field) => {
    const limit = Number(field.dataset.counts);
    let note = field.parentElement.querySelector(".kept");
    if (!note) {
      note = document.createElement("p");
      note.className = "kept";
      field.after(note);
    }
    const kept = field.value.trim().replace(/\s+/g, " ");
    note.textContent = `${kept.length} of ${limit}`;
  };

  const showCounts = () => document.querySelectorAll("[data-counts]").forEach(showCount);

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (!form || !event.target.name || event.target.closest(".insert")) return;
    dirty = true;
    form.querySelector("[data-dirty]").hidden = false;
    if (event.target.matches("[data-counts]")) showCount(event.target);
  });
  // What is set in the schedule box stays when the panel around it follows a change.
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-schedule] :is(input, select)")) event.target.setAttribute("hx-morph-skip", "");
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
    if (document.querySelector("[data-behind]") && !dirty && !document.activeElement.closest("form[data-keep]")) {
      htmx.ajax("GET", location.pathname, { target: "#main", select: "#main", swap: "outerMorph" });
    }
  });

  // A template goes into the form as if it was typed: nothing is saved by it.
  const insert = (button) => {
    const { tags, description } = document.getElementById("edit").elements;
    const have = new Set(tags.value.split(/[,\n]/).map((tag) => tag.trim().toLowerCase()));
    const more = [...document.querySelectorAll("#insert-tags li")].map((item) => item.textContent).filter((tag) => !have.has(tag.toLowerCase()));
    const text = document.getElementById("insert-text")?.textContent || "";
    if (more.length) tags.value = [tags.value.trim().replace(/,$/, ""), ...more].filter(Boolean).join(", ");
    if (text && !description.value.includes(text)) description.value = [description.value.trimEnd(), text].filter(Boolean).join("\n\n");
    (more.length ? tags : description).dispatchEvent(new Event("input", { bubbles: true }));
    window.say(button.dataset.said);
  };

  // Words win over the wall clock when both are sent: whoever sets the clock means the clock.
  const forgetWords = (form) => {
    form.elements.when.value = "";
    form.querySelector("#when-said").replaceChildren();
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-schedule] [name=local]")) forgetWords(event.target.form);
  });

  document.addEventListener("click", (event) => {
    const inserting = event.target.closest("[data-insert]");
    if (inserting) return void insert(inserting);
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
    field.setAttribute("hx-morph-skip", "");
    forgetWords(button.form);
    field.focus();
  });
})();

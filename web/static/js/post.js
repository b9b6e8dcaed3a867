// The post's page: counts a title's characters, remembers that something is not saved, follows changes from
// elsewhere while nothing is typed, fills the schedule box. Listens on the document, for the page may be renewed.
(() => {
  // What a refusal shows stands at the address of its form: what was typed is nowhere else.
  const refused = location.pathname.replace(/^\/posts\/\d+\/?/, "");
  let dirty = refused === "edit";

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
  document.addEventListener("DOMContentLoaded", () => {
    showCounts();
    const unsaved = dirty && document.querySelector("[data-dirty]");
    if (unsaved) unsaved.hidden = false;
    if (refused) document.querySelectorAll("#side form :is(input, select)").forEach((field) => field.setAttribute("hx-morph-skip", ""));
  });

  // Pictures leave with their progress; XHR, because fetch does not tell how far it is. They appear through the live stream.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-adds]")) return;
    event.preventDefault();
    const [box, button] = [form.querySelector(".sending"), form.querySelector("button:not([data-stop])")];
    const [bar, said] = [box.querySelector("progress"), box.querySelector("[data-sent]")];
    const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
    const request = new XMLHttpRequest();
    const sending = (is) => { box.hidden = !is; button.disabled = is; };
    const failed = (sentence) => { sending(false); window.toast(sentence, { bad: true }); };
    const show = (loaded, total) => {
      bar.max = total || 1;
      bar.value = loaded;
      said.textContent = total && loaded >= total ? "Checking the picture" : `${megabytes(loaded)} of ${megabytes(total)} MB`;
    };
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRF-Token", document.body.dataset.csrf);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (sent) => show(sent.loaded, sent.total));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said by its status */ }
      if (request.status >= 300 || !answer.message) return failed(answer.error || "The server did not take it. The pictures are still chosen: try again.");
      sending(false);
      form.reset();
      window.toast(answer.message);
    });
    request.addEventListener("error", () => failed("The connection was lost. The pictures are still chosen: try again."));
    request.addEventListener("abort", () => failed("Stopped: nothing was added."));
    box.querySelector("[data-stop]").onclick = () => request.abort();
    const size = [...form.elements.file.files].reduce((sum, file) => sum + file.size, 0);
    sending(true);
    show(0, size);
    request.send(new FormData(form));
  });

  // Changed elsewhere: with nothing typed the page simply follows.
  document.addEventListener("htmx:after:swap", () => {
    showCounts();
    if (document.querySelector("[data-behind]") && !dirty && !document.activeElement.closest("form[data-keep]")) {
      htmx.ajax("GET", location.pathname.match(/^\/posts\/\d+/)[0], { target: "#main", select: "#main", swap: "outerMorph" });
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

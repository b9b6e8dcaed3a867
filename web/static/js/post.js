// The post's page: counts a title's characters, saves without leaving the page, follows changes from elsewhere while
// nothing is typed, fills the schedule box. Listens on the document, for the page may be renewed.
(() => {
  // What a refusal shows stands at the address of its form: what was typed is nowhere else.
  const refused = location.pathname.replace(/^\/posts\/\d+\/?/, "");
  let dirty = refused === "edit";
  let saving = null;

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

  const setDirty = (is) => {
    dirty = is;
    const said = document.querySelector("[data-dirty]");
    if (said) said.hidden = !is;
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-keep]");
    if (!form || event.target.matches(":not([name]):not([data-picker] *), [data-picker-find], .insert *")) return;
    setDirty(true);
    if (event.target.matches("[data-counts]")) showCount(event.target);
  });
  // What is set in the schedule box, or typed about a doubt, stays when the panel around it follows a change.
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-schedule] :is(input, select), .doubt input")) event.target.setAttribute("hx-morph-skip", "");
  });
  // So does where a link is being pasted.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.(".link-box")) event.target.toggleAttribute("hx-morph-skip", event.target.open);
  }, true);

  // The page learns what was saved; everything beside the form follows by the live stream.
  const settle = (form, saved) => {
    for (const field of document.querySelectorAll("#main [name=version]")) field.value = saved.version;
    form.elements.shown.value = saved.mark;
    document.getElementById("post-news").setAttribute("hx-get", saved.news);
    heed();
    document.querySelector("#main h1").textContent = saved.name;
    document.title = document.title.replace(/^.*(?= · )/s, () => saved.name);
  };

  // Typed while the page came: what it is based on stays as it is, and the note says that it changed.
  document.addEventListener("htmx:before:swap", (event) => {
    if ((dirty || saving) && following && event.detail.ctx.target?.id === "main") event.preventDefault();
  });

  const SIGNED_OUT = "You are signed out. Sign in in another tab, then save again: what you typed is still here.";
  // A piece of the page that follows along would lead to the sign-in page, away from what is typed.
  document.addEventListener("htmx:before:response", (event) => {
    if (!(dirty || saving) || !event.detail.ctx.response.headers.get("HX-Redirect")?.startsWith("/signin")) return;
    event.preventDefault();
    window.toast(SIGNED_OUT, { bad: true });
  });
  // Signed in anew in another tab: the session has another token. Asked where uploads ask for it.
  const renewToken = async () => {
    const known = await (await fetch("/upload/known?sha256=", { headers: { Accept: "application/json" } })).json();
    if (!known.csrf) return; // still signed out: the next save asks again
    for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = known.csrf;
    document.body.dataset.csrf = known.csrf;
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRF-Token": known.csrf }));
  };
  const ask = (form) => {
    const headers = { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf };
    return fetch(form.action, { method: "POST", body: new FormData(form), headers, redirect: "manual" });
  };

  let following = 0;
  const follow = async () => {
    following += 1;
    await htmx.ajax("GET", location.pathname.match(/^\/posts\/\d+/)[0], { target: "#main", select: "#main", swap: "outerMorph" }).finally(() => (following -= 1));
    showCounts();
  };

  // Once it is taken back the page shows it, unless something else was typed meanwhile.
  const takeBack = async (form, version) => {
    const body = new FormData();
    body.set("edit", version);
    const headers = { Accept: "application/json", "X-CSRF-Token": document.body.dataset.csrf };
    try {
      const answer = await fetch(form.action.replace(/edit$/, "take-back"), { method: "POST", body, headers, redirect: "manual" });
      const said = await answer.json();
      window.toast(said.message || said.error, { bad: !answer.ok });
      if (answer.ok && !dirty) follow();
    } catch {
      window.toast("The server could not be reached. The edit stands in the history: take it back there.", { bad: true });
    }
  };

  // Whether it is saved. What the server refuses is sent as a page: that says beside each field what is wrong.
  const save = async (form) => {
    const lost = (sentence) => { setDirty(true); window.toast(sentence, { bad: true }); return false; };
    setDirty(false);
    try {
      let answer = await ask(form);
      if (answer.status === 403) {
        await renewToken();
        answer = await ask(form);
      }
      if (answer.ok) {
        const saved = await answer.json();
        // What was changed elsewhere goes into the form too; where one typed on, the next save compares again.
        window.toast(saved.message, saved.changed ? { undo: () => takeBack(form, saved.version) } : {});
        form.elements.marks.value = saved.marks;
        if (!saved.merged) settle(form, saved);
        saving = null; // done: what comes now may be shown
        if (saved.merged && !dirty) await follow();
        return true;
      }
      if (answer.status >= 500) return lost("The server had a problem. What you typed is still here: try again in a moment.");
      if ([0, 401, 403].includes(answer.status)) return lost(SIGNED_OUT);
      form.submit();
      return false;
    } catch {
      return lost("The server could not be reached. What you typed is still here: try again in a moment.");
    } finally {
      saving = null;
    }
  };

  // Saving stays on the page; and whatever is done with the post is done with what stands in the form.
  document.addEventListener("submit", async (event) => {
    const form = document.querySelector("form[data-keep]");
    const { target, submitter } = event;
    const waits = (dirty || saving) && target.matches("#head-actions form, #side form");
    if (!form || (target !== form && !waits)) return;
    // What was refused is sent as a page again, which then no longer says so.
    if (target === form && document.querySelector("#main [aria-invalid], #main .note[role=alert]")) return void (dirty = false);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (saving && target === form) return;
    saving ??= save(form);
    if (await saving && waits && target.isConnected) target.requestSubmit(submitter);
  }, true);
  window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
  document.addEventListener("DOMContentLoaded", () => {
    showCounts();
    const unsaved = dirty && document.querySelector("[data-dirty]");
    if (unsaved) unsaved.hidden = false;
    if (refused) document.querySelectorAll("#side form :is(input, select)").forEach((field) => field.setAttribute("hx-morph-skip", ""));
  });

  // Where words stand that belong to no field yet: a half typed tag, a template's search.
  const isAbout = (field) => field.closest("form[data-keep]") && field.value && (!field.name || field.closest(".insert"));

  // Changed elsewhere: with nothing typed the page simply follows.
  const heed = () => {
    const behind = document.querySelector("[data-behind]");
    const form = document.querySelector("form[data-keep]");
    // Asked before one's own change was known here.
    if (behind && form && Number(behind.dataset.behind) <= Number(form.elements.version.value)) return void behind.remove();
    if (behind && !dirty && !isAbout(document.activeElement)) follow();
  };
  document.addEventListener("htmx:after:swap", (event) => {
    // Fields that were typed in, and saved since, keep their words through a morph: they are set back to what came. Where
    // it did not come, or something is being typed or saved, they are nobody's to set.
    const came = following && event.detail.ctx?.target?.id === "main";
    if (came && !dirty && !saving) document.querySelector("form[data-keep]")?.reset();
    showCounts();
    if (!saving) heed(); // or else once it is known which version that makes
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

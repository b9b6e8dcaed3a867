// Schedule in place: a link to a post's schedule box opens a small dialog instead, so that a list or a review is not left.
// Without scripts, and with a modifier key, the link leads where it says.
(() => {
  const LEADS = /^\/posts\/(\d+)$/;
  const template = document.getElementById("quick-schedule");
  if (!template) return;

  const nameOf = (link) => link.closest("[data-item], [data-single], .draft")?.querySelector(".name, h1")?.textContent.trim() || "";
  // On a page of one post its decision leads on, as every other one does.
  const onward = () => {
    const single = document.querySelector("[data-single]");
    return single ? single.dataset.next || single.dataset.prev || "/review" : "";
  };

  const open = (link, id) => {
    const dialog = template.content.firstElementChild.cloneNode(true);
    const form = dialog.querySelector("form");
    const { when, local } = form.elements;
    const said = dialog.querySelector("#quick-said");
    const verb = link.textContent.includes("Move") ? "Move" : "Schedule";
    dialog.querySelector("#quick-title").textContent = verb;
    dialog.querySelector(".verb").textContent = verb;
    dialog.querySelector(".about").textContent = nameOf(link);
    dialog.querySelector(".more-choices").href = link.href;
    const action = `/posts/${id}/schedule`;
    form.setAttribute("action", action);
    const next = onward();
    const leads = next ? { next, stay: location.pathname } : {};
    for (const [name, value] of Object.entries(leads)) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    if (!next) form.setAttribute("hx-post", action);
    document.body.append(dialog);
    htmx.process(dialog);

    let asked = 0;
    const ask = async () => {
      const mine = ++asked;
      const words = when.value.trim();
      if (!words) return void said.replaceChildren();
      try {
        const answer = await fetch(`/posts/${id}/when?when=${encodeURIComponent(words)}`);
        const text = await answer.text();
        if (mine === asked && answer.ok) said.innerHTML = text;
      } catch { /* what it means is told when it is sent */ }
    };
    let waiting = 0;
    when.addEventListener("input", () => { local.value = ""; clearTimeout(waiting); waiting = setTimeout(ask, 200); });
    local.addEventListener("input", () => { when.value = ""; asked += 1; said.replaceChildren(); });
    const complain = (sentence) => {
      const line = Object.assign(document.createElement("p"), { className: "not-understood", textContent: sentence });
      said.replaceChildren(line);
      when.focus();
    };
    form.addEventListener("submit", (event) => {
      if (!when.value.trim() && !local.value) {
        event.preventDefault();
        event.stopImmediatePropagation();
        complain("Say when, in words or on the clock.");
      } else if (said.querySelector(".not-understood") && when.value.trim()) {
        event.preventDefault();
        event.stopImmediatePropagation();
        when.focus();
      }
    }, true);
    form.addEventListener("htmx:finally:request", (event) => {
      // What was typed stays for another try. Pacing is told at the bottom, with a button that does it all the same.
      const { response, text = "" } = event.detail.ctx;
      const toast = new DOMParser().parseFromString(text, "text/html").querySelector(".toast.bad");
      if (response?.status < 300 || toast?.querySelector("form")) return dialog.close();
      complain(toast?.querySelector("p").textContent || "That did not work. Nothing was lost: try again.");
    });
    dialog.addEventListener("click", (event) => {
      const words = event.target.closest("[data-words]");
      if (words) {
        when.value = words.dataset.words;
        local.value = "";
        ask();
        when.focus();
      } else if (event.target === dialog || event.target.closest("[data-cancel]")) dialog.close();
    });
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
    when.focus();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href$='#schedule']");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const leads = LEADS.exec(link.pathname);
    if (!leads || link.pathname === location.pathname || link.closest("dialog")) return;
    event.preventDefault();
    open(link, leads[1]);
  });

  // Who came to the schedule box by its address types there at once.
  const box = location.hash === "#schedule" && document.querySelector("[data-schedule] [name=when]");
  if (box) box.focus({ preventScroll: true });
})();

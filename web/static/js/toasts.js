// Messages at the bottom leave by themselves after ten seconds, unless pointed at or focused.
(() => {
  const box = document.getElementById("toasts");
  if (!box) return;
  const STAYS = 10000;

  const leave = (toast) => {
    if (toast.matches(":hover, :focus-within")) return void setTimeout(() => leave(toast), 2000);
    toast.classList.add("leaving");
    setTimeout(() => toast.remove(), 200);
  };

  const begin = () => {
    for (const toast of box.querySelectorAll("[data-toast]:not([data-begun])")) {
      toast.dataset.begun = "yes";
      setTimeout(() => leave(toast), STAYS);
    }
  };

  window.say = (text) => { document.getElementById("say").textContent = text; };

  // `undo` is what its button does; another `label` makes it another offer than taking something back.
  window.toast = (text, { bad = false, undo = null, label = "Undo" } = {}) => {
    const toast = document.createElement("div");
    toast.className = bad ? "toast bad" : "toast";
    toast.setAttribute("role", bad ? "alert" : "status");
    toast.dataset.toast = "";
    const words = document.createElement("p");
    words.textContent = text;
    toast.append(words);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "link-button";
      button.textContent = label;
      if (label === "Undo") button.dataset.undo = "";
      button.addEventListener("click", () => { undo(); toast.remove(); });
      toast.append(button);
    }
    box.replaceChildren(toast);
    begin();
  };

  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("[data-toast]").remove();
  });
  document.addEventListener("htmx:after:swap", begin);

  const AWAY = "The server could not be reached. Try again in a moment.";
  const REFUSED = {
    413: "That is more than the server takes at once.",
    429: "That was a lot in a short time. Wait a moment, then try again.",
    500: "That did not work: the server had a problem. Nothing was lost; try again.",
  };
  // What follows along, or looks again by itself, fails in silence: nobody asked for it just now.
  const isAsked = (ctx) => ctx?.request && !/every|load|live|stale|#edit/.test(ctx.sourceElement.getAttribute("hx-trigger") || "");
  document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
    // Our own answers bring their sentence along; what stands before us has none.
    if (!isAsked(ctx) || ctx.text.includes('hx-target="#toasts"')) return;
    const { status } = ctx.response;
    window.toast(REFUSED[status] || REFUSED[500], { bad: true });
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => { if (isAsked(ctx)) window.toast(AWAY, { bad: true }); });

  // A change by script: what the server says to it, or an error whose message is for people.
  window.send = async (url, fields, options = {}) => {
    const headers = { "X-CSRF-Token": document.body.dataset.csrf, Accept: "application/json" };
    const answer = await fetch(url, { method: "POST", headers, body: new URLSearchParams(fields), ...options })
      .catch(() => { throw new Error(AWAY); });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(said.error || REFUSED[answer.status] || REFUSED[500]), said);
    return said;
  };
  begin();
  // Screen readers tell what is added to a page, not what it begins with.
  const first = box.querySelector("[data-toast] p");
  if (first) setTimeout(() => window.say(first.textContent), 400);
})();

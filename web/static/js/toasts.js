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
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status >= 500) {
      window.toast("That did not work: the server had a problem. Nothing was lost; try again.", { bad: true });
    }
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail.ctx && event.detail.ctx.request && event.detail.ctx.request.method !== "GET") {
      window.toast("The server could not be reached. Try again in a moment.", { bad: true });
    }
  });
  begin();
})();

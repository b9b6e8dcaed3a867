// Suggests tags while one is typed: the artist's own best first, then DeviantArt's. Shown as they would be stored.
(() => {
  for (const field of document.querySelectorAll("textarea[data-tags]")) {
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = `suggest-${field.id}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggested tags");
    list.hidden = true;
    // Again whenever it is needed: a page that follows a change leaves out what the server did not send.
    const attach = () => {
      field.parentElement.classList.add("has-suggestions");
      field.parentElement.append(list);
      field.setAttribute("aria-autocomplete", "list");
      field.setAttribute("aria-controls", list.id);
    };
    attach();
    let waiting = 0;
    let chosen = -1;

    const word = () => field.value.slice(0, field.selectionStart).split(/[,\n]/).pop().trim();
    const close = () => { list.hidden = true; chosen = -1; field.removeAttribute("aria-activedescendant"); };
    const choose = (at) => {
      chosen = at;
      [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
      if (at >= 0) field.setAttribute("aria-activedescendant", list.children[at].id);
    };
    const take = (tag) => {
      const before = field.value.slice(0, field.selectionStart).replace(/[^,\n]*$/, "");
      const after = field.value.slice(field.selectionStart);
      field.value = `${before}${before && !/[\s]$/.test(before) ? " " : ""}${tag}, ${after.replace(/^[^,\n]*,?\s*/, "")}`;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.focus();
      close();
    };
    const show = async () => {
      const typed = word();
      if (typed.length < 2) return close();
      const answer = await fetch(`/api/tags?q=${encodeURIComponent(typed)}`).catch(() => null);
      if (word() !== typed) return; // what was typed since has asked for itself
      if (!answer?.ok) return close();
      const { items } = await answer.json();
      list.replaceChildren(...items.map((found, at) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${at}`;
        item.setAttribute("role", "option");
        const name = document.createElement("span");
        name.textContent = found.tag;
        const about = document.createElement("span");
        about.className = "soft small";
        about.textContent = found.is_own ? `yours, ${found.posts} ${found.posts === 1 ? "post" : "posts"}` : "";
        item.append(name, about);
        item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(found.tag); });
        return item;
      }));
      if (!list.isConnected) attach();
      list.hidden = !items.length || document.activeElement !== field;
      choose(-1);
    };

    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 250); });
    field.addEventListener("blur", close);
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      const last = list.children.length - 1;
      if (event.key === "ArrowDown") choose(Math.min(last, chosen + 1));
      else if (event.key === "ArrowUp") choose(Math.max(0, chosen - 1));
      else if (event.key === "Enter" && chosen >= 0) take(list.children[chosen].firstChild.textContent);
      else if (event.key === "Escape") { close(); event.stopPropagation(); } else return;
      event.preventDefault();
    });
  }
})();

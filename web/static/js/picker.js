// Folders to choose: typing narrows the list, arrows walk it, what is chosen stands above. Listens on the document, for
// the page may be renewed.
(() => {
  const shown = (picker) => [...picker.querySelectorAll("[data-name]:not([hidden]) input")];

  const narrow = (picker, text) => {
    const words = text.trim().toLowerCase().split(/\s+/);
    for (const choice of picker.querySelectorAll("[data-name]")) {
      choice.hidden = !words.every((word) => choice.dataset.name.includes(word));
    }
    for (const heading of picker.querySelectorAll(".picker-heading")) heading.hidden = Boolean(text.trim());
    picker.querySelector("[data-picker-none]").hidden = shown(picker).length > 0;
  };

  const sayChosen = (picker) => {
    const chosen = [...picker.querySelectorAll("input:checked")];
    picker.querySelector("[data-picked]").replaceChildren(...chosen.map((box) => {
      const item = document.createElement("li");
      item.className = "tag";
      item.textContent = box.nextElementSibling.textContent;
      return item;
    }));
    window.say(chosen.length === 1 ? "1 folder chosen" : `${chosen.length} folders chosen`);
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-picker-find]")) narrow(event.target.closest("[data-picker]"), event.target.value);
  });

  document.addEventListener("change", (event) => {
    const picker = event.target.closest("[data-picker]");
    if (picker && event.target.matches("[type=checkbox]")) sayChosen(picker);
  });

  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest?.("[data-picker]");
    if (!picker) return;
    const boxes = shown(picker);
    const find = picker.querySelector("[data-picker-find]");
    if (event.target === find) {
      // Enter belongs to the list here: the form is saved by its own button.
      if (event.key === "Enter") boxes[0]?.click();
      else if (event.key === "ArrowDown") boxes[0]?.focus();
      else if (event.key === "Escape" && find.value) { find.value = ""; narrow(picker, ""); event.stopPropagation(); } else return;
    } else if (event.key === "ArrowDown") boxes[boxes.indexOf(event.target) + 1]?.focus();
    else if (event.key === "ArrowUp") (boxes[boxes.indexOf(event.target) - 1] || find).focus();
    else return;
    event.preventDefault();
  });
})();

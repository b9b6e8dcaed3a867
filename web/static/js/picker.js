// Folders to choose: the server finds what is typed, arrows walk the list, what is ticked stands above as a chip. Only the
// chips are sent. Listens on the document, for the page may be renewed.
(() => {
  const boxes = (picker) => [...picker.querySelectorAll(".picker-list input")];
  const chips = (picker) => [...picker.querySelectorAll("[data-picked] input")];
  const isSingle = (picker) => picker.classList.contains("single");

  // The list shows what is chosen; its boxes belong to no field of the form.
  const follow = (picker) => {
    const chosen = new Set(chips(picker).map((chip) => chip.value));
    for (const box of boxes(picker)) {
      box.removeAttribute("name");
      box.disabled = false;
      box.checked = chosen.has(box.value);
    }
  };
  const followAll = () => document.querySelectorAll("[data-picker]").forEach(follow);

  const choose = (picker, box) => {
    const chip = picker.querySelector("template").content.cloneNode(true);
    chip.querySelector("input").value = box.value;
    chip.querySelector("span").textContent = box.nextElementSibling.textContent;
    const row = picker.querySelector("[data-picked]");
    if (isSingle(picker)) row.replaceChildren(chip); else row.append(chip);
  };
  const drop = (picker, value) => chips(picker).find((chip) => chip.value === value)?.closest("li").remove();

  document.addEventListener("change", (event) => {
    const picker = event.target.closest("[data-picker]");
    const row = event.target.closest("[data-picked]");
    if (!picker || event.target.matches("[data-picker-find]")) return;
    if (row) {
      const next = event.target.closest("li").nextElementSibling || event.target.closest("li").previousElementSibling;
      drop(picker, event.target.value);
      (next?.querySelector("input") || picker.querySelector("[data-picker-find]")).focus();
    } else if (event.target.checked) {
      choose(picker, event.target);
      if (isSingle(picker)) chips(picker)[0].focus(); // which closes the list
    } else if (!isSingle(picker)) drop(picker, event.target.value);
    follow(picker);
    const names = chips(picker).map((chip) => chip.nextElementSibling.textContent);
    window.say(names.length === 1 ? `Chosen: ${names[0]}` : `${names.length} folders chosen`);
  });

  // Enter takes the first that is found for what is typed, which may not have come yet.
  const asking = new WeakMap();
  const takeFirst = (picker) => {
    const [first] = boxes(picker);
    if (first && !first.checked) first.click();
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-picker-find]")) asking.set(event.target, { takes: false });
  });
  document.addEventListener("htmx:after:swap", (event) => {
    followAll();
    const find = event.detail.ctx.sourceElement;
    if (!find?.matches?.("[data-picker-find]")) return;
    const picker = find.closest("[data-picker]");
    const { takes } = asking.get(find) || {};
    asking.delete(find);
    if (takes) return void takeFirst(picker);
    const found = boxes(picker).length;
    const more = picker.querySelector("[data-picker-said]")?.textContent || "";
    window.say(found ? `${found} ${found === 1 ? "folder" : "folders"} ${more}`.trim() : more);
  });
  document.addEventListener("DOMContentLoaded", followAll);

  // What was looked for is no name of a folder that is wanted.
  document.addEventListener("formdata", (event) => {
    for (const find of event.target.querySelectorAll("[data-picker-find]")) event.formData.delete(find.name);
  });

  document.addEventListener("keydown", (event) => {
    const picker = event.target.closest?.("[data-picker]");
    if (!picker || event.target.closest("[data-picked]")) return;
    const [list, find] = [boxes(picker), picker.querySelector("[data-picker-find]")];
    if (event.target === find) {
      // Enter belongs to the list here: the form is saved by its own button.
      if (event.key === "Enter" && asking.has(find)) asking.get(find).takes = true;
      else if (event.key === "Enter") takeFirst(picker);
      else if (event.key === "ArrowDown") list[0]?.focus();
      else if (event.key === "Escape" && find.value) {
        find.value = "";
        find.dispatchEvent(new Event("input", { bubbles: true }));
        event.stopPropagation();
      } else if (event.key === "Escape") find.blur();
      else return;
    } else if (event.key === "ArrowDown") list[list.indexOf(event.target) + 1]?.focus();
    else if (event.key === "ArrowUp") (list[list.indexOf(event.target) - 1] || find).focus();
    else if (event.key === "Escape") find.focus();
    else return;
    event.preventDefault();
  });
})();

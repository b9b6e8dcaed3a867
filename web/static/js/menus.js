// Menus are <details>: one open at a time, Escape and a click outside close. Copy buttons copy.
(() => {
  const open = () => [...document.querySelectorAll("details.menu[open]")];

  document.addEventListener("click", (event) => {
    for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of [...open(), ...document.querySelectorAll("details.confirm[open]")]) {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    }
  }, true);
  // A menu at the bottom of the window opens upwards.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.menu") || !event.target.open) return;
    const sheet = event.target.querySelector(".sheet");
    const below = window.innerHeight - event.target.getBoundingClientRect().bottom;
    sheet.classList.toggle("up", below < sheet.offsetHeight + 12);
  }, true);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy], [data-copy-from]");
    if (!button) return;
    const { copy, copyFrom } = button.dataset;
    try {
      await navigator.clipboard.writeText(copy ?? document.getElementById(copyFrom).textContent);
      window.toast("Copied.");
    } catch {
      window.toast("Your browser did not allow copying. Select the text and copy it.", { bad: true });
    }
  });
  // A file field that posts a form of its own.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
  });

  // What stands side by side is pushed along to what gets the focus: browsers leave it where a part of it shows.
  document.addEventListener("focusin", ({ target }) => {
    if (target.closest?.(".settings-nav, .look-tabs, .strip, .verbs")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // Of sections that stand side by side on a phone, the one that is open is in sight.
  document.addEventListener("DOMContentLoaded", () => {
    for (const nav of document.querySelectorAll(".settings-nav, .look-tabs")) {
      const here = nav.querySelector("[aria-current]");
      if (here) nav.scrollLeft = here.offsetLeft - nav.offsetLeft - 32;
    }
  });
})();

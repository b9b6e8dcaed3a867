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
  // A menu at the bottom of the window opens upwards where there is more room; what does not fit either way scrolls.
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("details.menu") || !event.target.open) return;
    const sheet = event.target.querySelector(".sheet");
    const { top, bottom } = event.target.getBoundingClientRect();
    const bar = document.querySelector(".tabs")?.getBoundingClientRect();
    const below = (bar?.height ? bar.top : window.innerHeight) - bottom - 12;
    sheet.style.maxHeight = "";
    sheet.classList.remove("long");
    const tall = sheet.offsetHeight;
    const isUp = below < tall && top - 12 > below;
    sheet.classList.toggle("up", isUp);
    const room = isUp ? top - 12 : below;
    if (getComputedStyle(sheet).position !== "absolute" || tall <= room) return;
    sheet.classList.add("long");
    sheet.style.maxHeight = `${Math.max(room, 160)}px`;
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

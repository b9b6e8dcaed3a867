// A form that leads back to its page begins it anew. Whoever sent it by key goes on at the same button, or at what has come
// into its place; in an entry that was moved ([data-stays]), wherever that stands now.
(() => {
  const KEPT = "isekai-pressed";
  const main = document.getElementById("main");
  const controls = (inside = main) => [...inside.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((one) => one.checkVisibility());
  const nameOf = (one) => one.getAttribute("aria-label") || one.textContent.trim();
  let byKey = false;
  for (const [name, is] of [["keydown", true], ["pointerdown", false]]) document.addEventListener(name, () => { byKey = is; }, true);

  document.addEventListener("submit", ({ target: form, submitter, defaultPrevented }) => {
    // What was selected in a list begins it anew: its keys move from the first.
    if (!byKey || form.id === "bulk" || defaultPrevented || form.method !== "post" || !main.contains(form) || !main.contains(submitter)) return;
    const pressed = {
      on: location.pathname, at: Date.now(), action: form.getAttribute("action"), place: controls().indexOf(submitter),
      entry: submitter.closest("[data-stays]")?.dataset.stays, name: nameOf(submitter),
    };
    sessionStorage.setItem(KEPT, JSON.stringify(pressed));
  });

  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  if (!kept || Date.now() - kept.at > 30000 || location.hash || main.querySelector("[autofocus]")) return;
  // In the middle of the window, not below what hangs over its end.
  const goTo = (one) => {
    one?.focus();
    if (one?.getBoundingClientRect().bottom > window.innerHeight * 0.7) one.scrollIntoView({ block: "center" });
  };
  const same = controls().filter((one) => one.localName === "button" && one.form?.getAttribute("action") === kept.action);
  // The page of a form that was refused has another address than the one to which it leads in the end.
  if (kept.on !== location.pathname) return void (same.length === 1 && goTo(same[0]));
  const entry = kept.entry && main.querySelector(`[data-stays="${CSS.escape(kept.entry)}"]`);
  if (entry) {
    const own = controls(entry).filter((one) => one.localName === "button");
    return void goTo(own.find((one) => nameOf(one) === kept.name) || own[0]);
  }
  const all = controls();
  const next = all[kept.place];
  const alone = [same, same.filter((one) => nameOf(one) === kept.name)].find((some) => some.length === 1);
  goTo(!same.includes(next) && alone ? alone[0] : next || all.at(-1));
})();

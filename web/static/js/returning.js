// A form that leads back to its page begins it anew. Whoever sent it by key goes on at the same button, or at what has come
// into its place.
(() => {
  const KEPT = "isekai-pressed";
  const main = document.getElementById("main");
  const controls = () => [...main.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter((one) => one.checkVisibility());
  let byKey = false;
  for (const [name, is] of [["keydown", true], ["pointerdown", false]]) document.addEventListener(name, () => { byKey = is; }, true);

  document.addEventListener("submit", ({ target: form, submitter, defaultPrevented }) => {
    // What was selected in a list begins it anew: its keys move from the first.
    if (!byKey || form.id === "bulk" || defaultPrevented || form.method !== "post" || !main.contains(form) || !main.contains(submitter)) return;
    const pressed = { on: location.pathname, at: Date.now(), action: form.getAttribute("action"), place: controls().indexOf(submitter) };
    sessionStorage.setItem(KEPT, JSON.stringify(pressed));
  });

  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  if (kept?.on !== location.pathname || Date.now() - kept.at > 30000 || location.hash || main.querySelector("[autofocus]")) return;
  const all = controls();
  const next = all[kept.place];
  const same = all.filter((one) => one.localName === "button" && one.form?.getAttribute("action") === kept.action);
  (same.includes(next) || same.length !== 1 ? next || all.at(-1) : same[0])?.focus();
})();

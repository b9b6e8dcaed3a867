// Whoever was signed out before a form was sent finds in it what they typed, once they are signed in again: the sign-in leads
// through DeviantArt, and back from there to the page of the form.
(() => {
  const KEPT = "isekai-typed";
  const [LONGEST, LASTS] = [200_000, 30 * 60_000];
  const main = document.getElementById("main");
  const { user } = document.body.dataset;
  if (!user) return; // at the sign-in it is kept
  const fields = (form) => [...form.elements].filter((one) => one.name && one.matches("input:not([type=hidden], [type=file], [type=password]), select, textarea"));
  const isTick = (field) => ["checkbox", "radio"].includes(field.type);
  const typed = (field) => (isTick(field) ? field.checked : field.value);
  const begun = (field) => (isTick(field) ? field.defaultChecked : field.matches("select") ? null : field.defaultValue);

  document.addEventListener("submit", ({ target: form, defaultPrevented }) => {
    if (defaultPrevented || form.method !== "post" || !main.contains(form)) return;
    const kept = fields(form);
    if (!kept.some((field) => typed(field) !== begun(field))) return;
    const said = JSON.stringify({ user, on: location.pathname, at: Date.now(), action: form.getAttribute("action"), typed: kept.map((field) => [field.name, typed(field)]) });
    if (said.length < LONGEST) sessionStorage.setItem(KEPT, said);
  });

  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  sessionStorage.removeItem(KEPT);
  const cameFromHere = document.referrer.startsWith(`${location.origin}/`) && !/^\/(signin|auth\/)/.test(new URL(document.referrer).pathname);
  if (!kept || kept.user !== user || kept.on !== location.pathname || cameFromHere || Date.now() - kept.at > LASTS) return;
  const form = [...main.querySelectorAll("form[method=post]")].find((one) => one.getAttribute("action") === kept.action);
  if (!form) return;
  const left = fields(form);
  for (const [name, value] of kept.typed) {
    const at = left.findIndex((field) => field.name === name);
    if (at < 0) continue;
    const [field] = left.splice(at, 1);
    if (typed(field) === value) continue;
    if (isTick(field)) field.checked = value;
    else field.value = value;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  const around = form.closest("details");
  if (around) around.open = true;
  document.addEventListener("DOMContentLoaded", () => window.toast("You were signed out before this was sent. What you typed is back: send it again."));
})();

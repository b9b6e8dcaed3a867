// The sale helper: one key a step, and a beat that keeps the work ours while the page is open.
(() => {
  document.addEventListener("keydown", (event) => {
    // A key that is held down would finish the next work unseen.
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea, select")) return;
    const control = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!control) return;
    event.preventDefault();
    event.stopPropagation();
    control.click();
  }, true);

  const helper = document.querySelector("[data-helper]");
  if (!helper) return;
  setInterval(() => {
    fetch(helper.dataset.beat, {
      method: "POST",
      headers: { "X-CSRF-Token": document.body.dataset.csrf, Accept: "application/json" },
      body: new URLSearchParams({ lease_token: helper.dataset.token }),
    }).catch(() => {});
  }, 60_000);
})();

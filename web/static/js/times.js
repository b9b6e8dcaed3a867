// Keeps countdowns true: a moment less than an hour away says how long, once a minute, then once a second.
(() => {
  const words = (seconds) => {
    if (seconds < -60) return null;
    if (seconds <= 0) return "now";
    if (seconds < 60) return `in ${Math.ceil(seconds)} s`;
    return `in ${Math.round(seconds / 60)} min`;
  };

  const tick = () => {
    for (const element of document.querySelectorAll("time[data-countdown]")) {
      const text = words((Date.parse(element.dateTime) - Date.now()) / 1000);
      if (text && element.textContent !== text) element.textContent = text;
    }
  };

  setInterval(tick, 1000);
  document.addEventListener("DOMContentLoaded", tick);
  document.addEventListener("htmx:after:swap", tick);

  // Until somebody chooses a zone, the browser's is used.
  document.addEventListener("DOMContentLoaded", async () => {
    const { zone, zoneUnsaid, csrf } = document.body.dataset;
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zoneUnsaid === undefined || !here || here === zone) return;
    const answer = await fetch("/settings/zone", {
      method: "POST",
      headers: { "X-CSRF-Token": csrf, Accept: "application/json" },
      body: new URLSearchParams({ time_zone: here }),
    });
    if (answer.ok && document.body.dataset.zone === "UTC") location.reload();
  });

  // The settings page may take over the browser's zone.
  document.addEventListener("DOMContentLoaded", () => {
    const offer = document.querySelector("[data-zone-offer]");
    const field = document.getElementById("f-time_zone");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!offer || !field || !zone || field.value === zone) return;
    const use = offer.querySelector("[data-zone-use]");
    use.textContent = zone;
    use.addEventListener("click", () => { field.value = zone; field.focus(); offer.hidden = true; });
    offer.hidden = false;
  });
})();

// The API's reference: a field that leaves only the calls with its words (and its scope), and links that open what they lead to.
(() => {
  const field = document.querySelector("[data-finds]");
  const none = document.querySelector("[data-none]");

  const filter = () => {
    const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const call of document.querySelectorAll("[data-call]")) {
      const said = `${call.textContent} ${call.dataset.call}`.toLowerCase();
      call.hidden = !words.every((word) => said.includes(word));
      const whole = document.getElementById(call.querySelector("a").hash.slice(1));
      if (whole) whole.hidden = call.hidden;
      if (!call.hidden) found += 1;
    }
    for (const group of document.querySelectorAll(".group")) {
      const has = group.querySelector("[data-call]:not([hidden])") !== null;
      group.hidden = !has;
      group.open = has && words.length > 0;
    }
    none.hidden = found > 0;
  };
  if (field) field.addEventListener("input", filter);
  if (field && field.form) field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });

  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.matches("details")) target.open = true;
  };
  addEventListener("hashchange", open);
  open();
})();

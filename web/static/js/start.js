// Runs before the first paint: what needs scripts may show itself.
document.documentElement.classList.add("js");
// Back to the page as it was left, with what was typed there, not to a new one.
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-history]") || history.length < 2) return;
  event.preventDefault();
  history.back();
});

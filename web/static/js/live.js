// The page follows the event log. Rows refresh themselves (hx-trigger "post-41 from:#live"); here a list learns
// that a post has arrived which it does not show yet, and a reader too slow for the stream reloads.
(() => {
  const live = document.getElementById("live");
  if (!live) return;
  let waiting = 0;

  const listIsStale = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const list = document.getElementById("list");
      // What is ticked stays ticked: a list is renewed only while nothing is selected.
      if (list && !document.querySelector("#list input[name=ids]:checked")) htmx.trigger(list, "list-stale");
    }, 300);
  };

  live.addEventListener("posts", (event) => {
    const list = document.getElementById("list");
    if (!list || list.dataset.live !== "yes") return;
    let change;
    try { change = JSON.parse(event.detail.data); } catch { return; }
    const shown = document.getElementById(`post-${change.id}`);
    const belongs = list.dataset.statuses.split(" ").includes(change.status);
    if (belongs && !shown) listIsStale();
    // The last row left: show the page's empty state, or the next page's posts.
    if (!belongs && shown && list.querySelectorAll("[data-item]").length <= 1) setTimeout(listIsStale, 600);
  });

  // What is typed or ticked would be gone: then the page says that it no longer follows.
  const isTouched = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName !== "SELECT") return field.type !== "hidden" && field.value !== field.defaultValue;
    const given = [...field.options].filter((option) => option.defaultSelected);
    return given.length ? given.some((option) => !option.selected) : field.selectedIndex > 0;
  };
  let told = false;
  live.addEventListener("reload", () => {
    if (![...document.querySelectorAll("#main :is(input, textarea, select)")].some(isTouched)) return location.reload();
    if (told) return;
    told = true;
    window.toast("This page no longer follows what happens elsewhere. What you typed is still here.", { undo: () => location.reload(), label: "Load anew" });
  });
})();

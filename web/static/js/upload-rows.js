// What an upload looks like: a line a file with its progress, one bar for all, in the page or in a tray at the corner.
(() => {
  const page = document.getElementById("upload-form");
  const make = (tag, set = {}, ...inside) => {
    const element = Object.assign(document.createElement(tag), set);
    element.append(...inside);
    return element;
  };
  const button = (label, about, press) => {
    const made = make("button", { type: "button", className: "button small", textContent: label });
    made.setAttribute("aria-label", `${label}: ${about}`);
    made.addEventListener("click", press);
    return made;
  };
  const link = (url, text) => make("a", { href: url, textContent: text });
  const sizeOf = (bytes) => (bytes < 1048576 ? `${Math.max(bytes ? 1 : 0, Math.round(bytes / 1024))} kB` : `${(bytes / 1048576).toFixed(1)} MB`);

  let parts = null;
  const inPage = () => ({
    box: document.getElementById("upload-list"),
    list: document.getElementById("uploads"),
    count: document.getElementById("upload-count"),
    all: document.getElementById("upload-all"),
  });
  const tray = () => {
    const box = make("section", { className: "tray" });
    box.setAttribute("aria-label", "Uploads");
    const count = make("p", { className: "soft" });
    const all = make("progress", { value: 0, max: 1 });
    all.setAttribute("aria-label", "Upload of all files");
    const list = make("ol", { className: "uploads" });
    const hide = make("button", { type: "button", className: "button small quiet", textContent: "Hide" });
    hide.addEventListener("click", () => box.remove());
    box.append(make("header", {}, make("h2", { textContent: "Uploads" }), count, hide), all, list);
    return { box, list, count, all };
  };
  const place = () => {
    if (!parts) parts = page ? inPage() : tray();
    if (!page && !parts.box.isConnected) document.body.append(parts.box);
    parts.box.hidden = false;
    return parts;
  };

  // A line: `say` its words, `offer` its buttons, `move` its bar, `show` the picture once there is one.
  const row = (name, size) => {
    const picture = make("span", { className: "thumb" });
    const said = make("p", { className: "said" });
    const progress = make("progress", { max: size || 1, value: 0, hidden: true });
    progress.setAttribute("aria-label", `Upload of ${name}`);
    const buttons = make("span", { className: "row-buttons" });
    const item = make("li", {}, picture, make("span", { className: "name", textContent: name }), buttons,
      make("div", {}, said, progress));
    place().list.append(item);
    return {
      item,
      say(text, { bad = false, needs = false, to = null } = {}) {
        said.replaceChildren(text, ...(to ? [text ? " " : "", link(to.url, to.text)] : []));
        said.classList.toggle("bad", bad);
        said.classList.toggle("needs", needs);
      },
      also(text, links) {
        const line = make("p", { className: "said needs", textContent: `${text} ` });
        links.forEach((one, number) => line.append(number ? ", " : "", link(one.url, one.text)));
        said.after(line);
      },
      offer(...offers) {
        const had = buttons.contains(document.activeElement);
        buttons.replaceChildren(...offers.map(([label, press]) => button(label, name, press)));
        if (had) (buttons.querySelector("button") || item.querySelector("a") || document.getElementById("main")).focus();
      },
      move(loaded) { progress.hidden = loaded === null; if (loaded !== null) progress.value = loaded; },
      show(source) { picture.replaceChildren(make("img", { src: source, alt: "" })); },
      remove() {
        const next = (item.nextElementSibling || item.previousElementSibling)?.querySelector("button, a");
        item.remove();
        (next || document.getElementById("file") || document.getElementById("main")).focus();
      },
    };
  };

  // Where what was sent is to be found, once nothing is on its way any more.
  const lead = (box, done) => {
    const there = page?.elements.status.value === "draft" ? ["/drafts", "Drafts"] : ["/review", "Review"];
    const found = box.querySelector(".lead-on") || box.appendChild(make("p", { className: "lead-on" }, make("a", { className: "button" })));
    const onward = found.firstElementChild;
    onward.href = there[0];
    onward.textContent = `See ${done === 1 ? "it" : "them"} in ${there[1]}`;
    found.hidden = !done;
  };

  const total = ({ done, files, loaded, bytes, unsent, rest }) => {
    const { all, count, box } = place();
    all.max = bytes || 1;
    all.value = loaded;
    all.hidden = !loaded || done === files;
    count.textContent = files ? `${done} of ${files} ${files === 1 ? "file" : "files"}, ${sizeOf(loaded)} of ${sizeOf(bytes)}` : "";
    lead(box, rest && !unsent ? done : 0);
    if (!page) return;
    box.hidden = !files && !parts.list.childElementCount;
    page.querySelector("[data-send]").textContent = unsent ? `Upload ${unsent} ${unsent === 1 ? "file" : "files"}` : "Upload";
  };

  // What was chosen is seen before it is sent; one after the other, for eighty large pictures at once would stop the page.
  let drawn = Promise.resolve();
  const preview = (file, one) => {
    if (!file.type.startsWith("image/") || !window.createImageBitmap) return;
    drawn = drawn.then(async () => {
      if (!one.item.isConnected || one.item.querySelector("img")) return;
      const bitmap = await createImageBitmap(file, { resizeWidth: 144, resizeQuality: "medium" });
      const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width, height: Math.min(bitmap.height, 4 * bitmap.width) });
      canvas.getContext("2d").drawImage(bitmap, 0, 0);
      bitmap.close();
      if (!one.item.querySelector("img")) one.show(canvas.toDataURL("image/webp", 0.8));
    }).catch(() => { /* this browser cannot draw it; the server may */ });
  };

  window.uploadView = { row, total, sizeOf, preview };
})();

// Uploading from any page: drop, paste or choose. XHR, because fetch does not tell how far it is.
(() => {
  const token = document.body.dataset.csrf;
  const page = document.getElementById("upload-form");
  const AT_ONCE = 2;
  const queue = [];
  let running = 0;
  let list = document.getElementById("uploads");

  const megabytes = (bytes) => `${(bytes / 1048576).toFixed(1)}`;

  // Elsewhere than on the upload page, progress shows in a tray at the corner.
  const tray = () => {
    if (list && list.isConnected) return list;
    const box = document.createElement("section");
    box.className = "tray";
    box.setAttribute("aria-label", "Uploads");
    const head = document.createElement("header");
    const title = document.createElement("h2");
    title.textContent = "Uploads";
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button small quiet";
    close.textContent = "Hide";
    close.addEventListener("click", () => box.remove());
    head.append(title, close);
    list = document.createElement("ol");
    list.className = "uploads";
    box.append(head, list);
    document.body.append(box);
    return list;
  };

  const row = (file) => {
    const item = document.createElement("li");
    const picture = document.createElement("span");
    picture.className = "thumb";
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = file.name || "Pasted picture";
    const again = document.createElement("button");
    again.type = "button";
    again.className = "button small";
    again.textContent = "Try again";
    again.hidden = true;
    const said = document.createElement("p");
    said.className = "said";
    said.setAttribute("role", "status");
    const progress = document.createElement("progress");
    progress.max = file.size || 1;
    progress.value = 0;
    progress.setAttribute("aria-label", `Upload of ${name.textContent}`);
    const below = document.createElement("div");
    below.append(said, progress);
    item.append(picture, name, again, below);
    tray().append(item);
    return { item, said, progress, again };
  };

  const settle = (job, text, bad) => {
    job.row.said.textContent = text;
    job.row.said.classList.toggle("bad", Boolean(bad));
    job.row.progress.hidden = true;
    job.row.again.hidden = !bad;
    running -= 1;
    next();
  };

  const send = (job) => {
    running += 1;
    const request = new XMLHttpRequest();
    request.open("POST", "/upload");
    request.setRequestHeader("X-CSRF-Token", token);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => {
      job.row.progress.value = event.loaded;
      job.row.said.textContent = event.loaded < event.total ? `${megabytes(event.loaded)} of ${megabytes(event.total)} MB` : "Checking the picture";
    });
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said below */ }
      if (request.status < 300 && answer.items) {
        const link = document.createElement("a");
        link.href = answer.items[0].url;
        link.textContent = answer.message;
        settle(job, "");
        job.row.said.append(link);
        if (answer.items[0].thumb) {
          const picture = document.createElement("img");
          picture.src = answer.items[0].thumb;
          picture.alt = "";
          job.row.item.querySelector(".thumb").replaceChildren(picture);
        }
      } else {
        settle(job, answer.error || "The server had a problem. Try again.", true);
      }
    });
    request.addEventListener("error", () => settle(job, "The connection was lost. Nothing of it was kept; try again.", true));
    const data = new FormData();
    for (const [name, value] of job.fields) data.append(name, value);
    for (const file of job.files) data.append("file", file, file.name || "pasted.png");
    request.send(data);
  };

  const next = () => {
    while (running < AT_ONCE && queue.length) send(queue.shift());
    if (!running && !queue.length && list) window.say("All uploads are done.");
  };

  const add = (files, fields) => {
    const jobs = fields.some(([name, value]) => name === "group" && value === "post") ? [files] : files.map((file) => [file]);
    for (const group of jobs) {
      const job = { files: group, fields };
      job.row = row(group.length > 1 ? { name: `${group[0].name} and ${group.length - 1} more`, size: group.reduce((sum, file) => sum + file.size, 0) } : group[0]);
      job.row.said.textContent = "Waiting";
      job.row.again.addEventListener("click", () => {
        job.row.again.hidden = true;
        job.row.progress.hidden = false;
        job.row.progress.value = 0;
        queue.push(job);
        next();
      });
      queue.push(job);
    }
    next();
  };

  const fieldsOf = (form) => form ? [...new FormData(form)].filter(([name, value]) => name !== "file" && name !== "csrf_token" && typeof value === "string") : [["status", "review"]];
  const usable = (transfer) => [...(transfer?.files || [])].filter((file) => file.size || file.type);

  let depth = 0;
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; document.body.classList.add("dropping"); } });
  document.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); if (!depth) document.body.classList.remove("dropping"); });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    depth = 0;
    document.body.classList.remove("dropping");
    const files = usable(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    add(files, fieldsOf(page));
  });
  document.addEventListener("paste", (event) => {
    const files = usable(event.clipboardData);
    if (!files.length || event.target.matches?.("input, textarea")) return;
    event.preventDefault();
    add(files, fieldsOf(page));
  });
  if (page) {
    page.addEventListener("submit", (event) => {
      const files = [...page.elements.file.files];
      if (!files.length) return;
      event.preventDefault();
      add(files, fieldsOf(page));
      page.elements.file.value = "";
    });
  }
  window.addEventListener("beforeunload", (event) => { if (running || queue.length) event.preventDefault(); });
})();

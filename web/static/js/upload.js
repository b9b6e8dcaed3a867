// Uploading from any page: dropped and pasted (`drop.js`) or chosen. On the upload page files are gathered until they are sent, elsewhere
// they leave at once. XHR, because fetch does not tell how far it is. Every try of a file carries the same
// Idempotency-Key, so that a lost answer makes nothing twice.
(() => {
  const page = document.getElementById("upload-form");
  const view = window.uploadView;
  const AT_ONCE = 2;
  const WAITS = [1000, 2000, 4000, 8000, 15000, 30000, 60000, 60000];
  const SIDECAR = /\.(json|txt)$/i;
  let token = document.body.dataset.csrf;
  let direct = false; // whether files may go straight into the store: the server says so, and until that fails
  let running = 0;
  let toldPart = 0;
  const jobs = [];
  const queue = [];
  const loose = []; // side-cars whose picture has not come

  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const nameOf = (file) => file.name || "pasted.png";

  const count = () => {
    const files = jobs.filter((job) => !["known", "too large"].includes(job.state));
    const done = files.filter((job) => job.state === "done");
    const unsent = files.filter((job) => job.state === "ready" || job.state === "checking").length;
    const busy = running || queue.length || files.some((job) => job.state === "lost");
    const sum = (pick) => files.reduce((so_far, job) => so_far + pick(job), 0);
    const [loaded, bytes] = [sum((job) => job.loaded), sum((job) => job.file.size)];
    view.total({ done: done.length, files: files.length, loaded, bytes, unsent, rest: !busy });
    const part = running && bytes ? Math.floor((4 * loaded) / bytes) : 0;
    if (part > toldPart && part < 4) window.say(`${part * 25} % of ${files.length} ${files.length === 1 ? "file" : "files"} sent`);
    toldPart = part;
  };

  const besideOf = (name, sidecars) => {
    const stem = name.replace(/\.[^.]*$/, "") || name;
    const wanted = [".json", ".txt"].flatMap((end) => [stem + end, name + end]).map((one) => one.toLowerCase());
    const found = wanted.find((one) => sidecars.some((file) => file.name.toLowerCase() === one));
    return found ? sidecars.find((file) => file.name.toLowerCase() === found) : null;
  };

  // What the server knows before anything is sent: what is here already, how large a file may be, the present token.
  const ask = async (digests) => {
    try {
      const answer = await fetch(`/upload/known?sha256=${digests.join(",")}`, { headers: { Accept: "application/json" } });
      const known = await answer.json();
      token = known.csrf || token;
      if (direct !== null) direct = Boolean(known.direct);
      return known;
    } catch { return { known: {} }; }
  };

  const digestOf = async (file) => {
    if (!window.crypto?.subtle) return ""; // plain http: the server tells afterwards
    try {
      const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
      return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    } catch { return ""; }
  };

  const drop = (job) => {
    jobs.splice(jobs.indexOf(job), 1);
    job.row.remove();
    count();
  };

  const ready = (job) => {
    job.state = "ready";
    job.row.say(job.beside ? `With ${job.beside.name}` : view.sizeOf(job.file.size));
    job.row.offer(["Remove", () => drop(job)]);
  };

  const hold = (job, known) => {
    job.state = "known";
    job.row.say("You already have this:", { needs: true, to: { url: known.url, text: `${known.name}, ${known.state}` } });
    job.row.offer(
      ["Send anyway", () => { job.again = true; ready(job); count(); if (!page) start([job], fieldsOf(null)); }],
      ["Remove", () => drop(job)],
    );
  };

  const refuse = (job, sentence) => {
    job.state = "failed";
    job.loaded = 0;
    job.row.move(null);
    job.row.say(sentence, { bad: true });
    job.row.offer(["Remove", () => drop(job)]);
    window.say(`${nameOf(job.file)}: ${sentence}`);
  };

  const check = async (fresh) => {
    const digests = [];
    for (const job of fresh) {
      job.digest = await digestOf(job.file);
      if (job.digest) digests.push(job.digest);
    }
    for (let from = 0; from === 0 || from < digests.length; from += 50) {
      const said = await ask(digests.slice(from, from + 50));
      for (const job of fresh.filter((one) => one.state === "checking")) {
        if (said.max_bytes && job.file.size > said.max_bytes) {
          refuse(job, `This file is larger than ${Math.floor(said.max_bytes / 1048576)} MB.`);
          job.state = "too large"; // never sent, so no progress waits for it
        } else if (said.known && said.known[job.digest]) hold(job, said.known[job.digest]);
      }
    }
    const seen = new Map(jobs.filter((one) => !fresh.includes(one) && one.state !== "failed").map((one) => [one.digest, nameOf(one.file)]));
    for (const job of fresh.filter((one) => one.state === "checking")) {
      if (job.digest && seen.has(job.digest)) {
        job.state = "known";
        job.row.say(`The same picture as ${seen.get(job.digest)}, which is in this list already.`, { needs: true });
        job.row.offer(["Send anyway", () => { job.again = true; ready(job); count(); if (!page) start([job], fieldsOf(null)); }], ["Remove", () => drop(job)]);
        continue;
      }
      seen.set(job.digest, nameOf(job.file));
      ready(job);
    }
    const here = fresh.filter((job) => job.state === "known").length;
    window.say(`${fresh.length} ${fresh.length === 1 ? "file" : "files"} added.${here ? ` ${here} of them you already have.` : ""}`);
    count();
  };

  const add = async (files, send) => {
    const sidecars = [...files.filter((file) => SIDECAR.test(file.name)), ...loose.map((one) => one.file)];
    const fresh = files.filter((file) => !SIDECAR.test(file.name)).map((file) => {
      const job = { file, beside: null, state: "checking", loaded: 0, digest: "", again: false, row: view.row(nameOf(file), file.size) };
      job.row.say("Checking whether it is here already");
      view.preview(file, job.row);
      return job;
    });
    jobs.push(...fresh);
    const used = new Set();
    for (const job of jobs.filter((one) => ["checking", "ready", "known"].includes(one.state))) {
      const beside = besideOf(nameOf(job.file), sidecars);
      if (!beside) continue;
      job.beside = beside;
      used.add(beside);
      if (job.state === "ready") ready(job);
    }
    for (const file of sidecars.filter((one) => !used.has(one) && !loose.some((other) => other.file === one))) {
      const one = { file, row: view.row(file.name, file.size) };
      one.row.say("There is no picture here that this could describe. Add it too: the same name, another ending.", { bad: true });
      one.row.offer(["Remove", () => { loose.splice(loose.indexOf(one), 1); one.row.remove(); count(); }]);
      loose.push(one);
    }
    for (const one of loose.filter((other) => used.has(other.file))) {
      loose.splice(loose.indexOf(one), 1);
      one.row.item.remove();
    }
    count();
    await check(fresh);
    if (send) start(fresh.filter((job) => job.state === "ready"), fieldsOf(page));
  };

  // A sending is one request: one file, or all of a post.
  const start = (chosen, fields) => {
    if (!chosen.length) return;
    const together = fields.some(([name, value]) => name === "group" && value === "post");
    const batch = chosen.length > 1 && !together ? newKey() : "";
    for (const group of together ? [chosen] : chosen.map((job) => [job])) {
      const again = group.some((job) => job.again) ? [["again", "true"]] : [];
      const sending = { jobs: group, fields: [...fields, ...again, ["batch", batch]], key: newKey(), tries: 0, waiting: 0 };
      for (const job of group) {
        job.state = "waiting";
        job.row.say("Waiting");
        job.row.offer();
      }
      queue.push(sending);
    }
    next();
  };

  const next = () => {
    while (running < AT_ONCE && queue.length) {
      running += 1;
      const sending = queue.shift();
      send(sending).then((outcome) => { running -= 1; settle(sending, outcome); next(); });
    }
    count();
    if (!running && !queue.length) tellEnd();
  };

  const tellEnd = () => {
    const of = (...states) => jobs.filter((job) => states.includes(job.state)).length;
    const [done, failed] = [of("done"), of("failed", "too large")];
    if (of("lost")) return; // said already, and it goes on by itself
    if (done || failed) window.say(failed ? `${done} uploaded, ${failed} ${failed === 1 ? "needs" : "need"} you.` : "All uploads are done.");
  };

  // How far each file of the request is: they leave one after the other.
  const spread = (sending, loaded, last = "Checking the picture") => {
    for (const job of sending.jobs) {
      job.loaded = Math.max(0, Math.min(job.file.size, loaded));
      loaded -= job.file.size;
      job.row.move(job.loaded);
      job.row.say(job.loaded < job.file.size ? `${view.sizeOf(job.loaded)} of ${view.sizeOf(job.file.size)}` : last);
    }
    count();
  };

  // Straight into the store: a ticket, the bytes to where it leads. Whatever fails, the ordinary way is left.
  const ticketFor = async (file) => {
    const answer = await fetch("/api/uploads", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
      body: JSON.stringify({ name: nameOf(file), bytes: file.size, mime: file.type }),
    });
    return answer.status === 201 ? answer.json() : null;
  };
  const put = (ticket, file, moved) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(ticket.method, ticket.url);
    for (const [name, value] of Object.entries(ticket.headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => moved(event.loaded));
    for (const kind of ["load", "error", "abort", "timeout"]) request.addEventListener(kind, () => resolve(request.status));
    request.send(file);
  });
  const putAll = async (sending) => {
    const tickets = [];
    let before = 0;
    try {
      for (const { file } of sending.jobs) {
        const ticket = await ticketFor(file);
        if (!ticket) return [];
        const status = await put(ticket, file, (loaded) => spread(sending, before + loaded, "Sent"));
        if (status !== 200) {
          if (!status && navigator.onLine) direct = null; // the store does not let this page in: no other file tries
          return [];
        }
        before += file.size;
        tickets.push(ticket.id);
      }
    } catch { return []; }
    return tickets;
  };

  const send = async (sending) => {
    const tickets = direct && !sending.ordinary ? await putAll(sending) : [];
    const outcome = await post(sending, tickets);
    if (!tickets.length || ![404, 409, 410, 415].includes(outcome.status)) return outcome;
    sending.ordinary = true; // a browser goes by the file's name where the ticket wants the type
    return post(sending, []);
  };

  const post = (sending, tickets) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/upload");
    request.setRequestHeader("X-CSRF-Token", token);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Idempotency-Key", sending.key);
    if (!tickets.length) request.upload.addEventListener("progress", (event) => spread(sending, event.loaded));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said by its status */ }
      resolve({ status: request.status, answer, signedOut: request.responseURL.includes("/signin") });
    });
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => resolve({ status: 0, answer: {} }));
    const data = new FormData();
    for (const [name, value] of sending.fields) if (value !== "") data.append(name, value);
    for (const ticket of tickets) data.append("ticket", ticket);
    if (!tickets.length) for (const job of sending.jobs) data.append("file", job.file, nameOf(job.file));
    for (const beside of new Set(sending.jobs.map((job) => job.beside))) if (beside) data.append("file", beside, beside.name);
    spread(sending, tickets.length ? Infinity : 0);
    request.send(data);
  });

  const settle = (sending, { status, answer, signedOut }) => {
    if (status < 300 && answer.items) return arrived(sending, answer.items);
    if (status === 403 && !sending.renewed) {
      // Signed in anew in another tab: the session has another token.
      sending.renewed = true;
      return void ask([]).then(() => { queue.push(sending); next(); });
    }
    if (signedOut) return failed(sending, "You are signed out. Sign in in another tab, then retry.");
    if (status === 0 || status === 429 || status >= 500) return lost(sending, status);
    return failed(sending, answer.error || "The server did not take it.", answer.file);
  };

  const arrived = (sending, items) => {
    sending.jobs.forEach((job, number) => {
      const item = items[Math.min(number, items.length - 1)];
      job.state = "done";
      job.loaded = job.file.size;
      job.row.move(null);
      if (item.known) {
        job.row.say("You already have this:", { needs: true, to: { url: item.url, text: `${item.name}, ${item.state}` } });
        job.row.offer(["Send anyway", () => { job.again = true; start([job], sending.fields.filter(([name]) => name !== "batch")); }]);
      } else {
        job.row.say("", { to: { url: item.url, text: `In ${item.state === "Draft" ? "Drafts" : item.state}` } });
        job.row.offer();
        if (number === 0) twins(job, item.id, 0);
      }
      if (item.thumb && (number === 0 || items.length > 1)) job.row.show(item.thumb);
    });
  };

  // Compared in the background, after the answer: asked for a few times, then left to the post's page.
  const twins = (job, id, asked) => {
    setTimeout(async () => {
      try {
        const said = await (await fetch(`/upload/twins/${id}`, { headers: { Accept: "application/json" } })).json();
        if (said.twins.length) {
          const links = said.twins.map((twin) => ({ url: twin.url, text: `${twin.name}, ${twin.state}` }));
          job.row.also("Looks almost like", links);
          window.say(`${nameOf(job.file)} looks almost like ${links[0].text}`);
        } else if (!said.ready && asked < 6) twins(job, id, asked + 1);
      } catch { /* the post's page tells as well */ }
    }, asked ? 2000 : 600);
  };

  // Each file keeps its place with its sentence; the others of the same post say what they wait for.
  const failed = (sending, sentence, which) => {
    sending.jobs.forEach((job, number) => {
      const blamed = which === undefined || which === number;
      refuse(job, blamed ? sentence : "Not sent: another file of this post was refused.");
      job.row.offer(["Retry", () => retry(sending)], ["Remove", () => { sending.jobs.splice(sending.jobs.indexOf(job), 1); drop(job); }]);
    });
  };

  const retry = (sending) => {
    clearTimeout(sending.waiting);
    sending.waiting = 0;
    for (const job of sending.jobs) { job.state = "waiting"; job.row.say("Waiting"); job.row.offer(); }
    queue.push(sending);
    next();
  };

  // Nothing was refused: it goes on by itself, when the connection is back or a moment later.
  const lost = (sending, status) => {
    const what = status ? "The server is busy." : "The connection was lost.";
    if (sending.tries >= WAITS.length) return failed(sending, `${what} Retry when it is back.`);
    for (const job of sending.jobs) {
      job.state = "lost";
      job.loaded = 0;
      job.row.move(null);
      job.row.say(`${what} It goes on by itself; what is up stays up.`, { bad: true });
      job.row.offer(["Retry", () => retry(sending)], ["Remove", () => { clearTimeout(sending.waiting); sending.jobs.splice(sending.jobs.indexOf(job), 1); drop(job); if (sending.jobs.length) retry(sending); }]);
    }
    if (!sending.tries) window.say(what);
    sending.waiting = setTimeout(() => retry(sending), WAITS[sending.tries]);
    sending.tries += 1;
    resting.add(sending);
  };
  const resting = new Set();
  window.addEventListener("online", () => {
    for (const sending of resting) if (sending.waiting && sending.jobs.length) retry(sending);
    resting.clear();
  });

  const UNSENT = ["file", "csrf_token", "sending"];
  // How the last ones were sent from this browser is how the next ones begin, and what is dropped elsewhere.
  const MADE_WITH_AI = "isekai-made-with-ai";
  const elsewhere = () => [["status", "review"], ...(localStorage.getItem(MADE_WITH_AI) === "true" ? [["is_ai_generated", "true"]] : [])];
  const fieldsOf = (form) => form ? [...new FormData(form)].filter(([name, value]) => !UNSENT.includes(name) && typeof value === "string") : elsewhere();

  window.uploads = { add: (files) => add(files, !page) };
  if (page) {
    const chooser = page.elements.file;
    const ai = page.elements.is_ai_generated;
    if (localStorage.getItem(MADE_WITH_AI) === "false") ai.checked = false;
    chooser.addEventListener("change", () => {
      const files = [...chooser.files];
      chooser.value = "";
      if (files.length) add(files, false);
    });
    page.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = jobs.filter((job) => job.state === "ready" || job.state === "checking");
      if (!chosen.length) {
        window.toast(jobs.length ? "Everything in the list is sent, or needs you." : "Choose at least one picture.", { bad: !jobs.length });
        return void chooser.focus();
      }
      localStorage.setItem(MADE_WITH_AI, String(ai.checked));
      start(chosen, fieldsOf(page));
    });
  }
  window.addEventListener("beforeunload", (event) => { if (running || queue.length) event.preventDefault(); });
})();

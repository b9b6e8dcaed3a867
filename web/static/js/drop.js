// Files dropped or pasted on any page. What uploads them is fetched when the first one comes.
(() => {
  const usable = (transfer) => [...(transfer?.files || [])].filter((file) => file.size || file.type);

  // A folder gives what is in it and below: pictures, videos and what lies beside them, nothing else that systems put there.
  const WANTED = /^(image|video)\//;
  const BESIDE = /^[^.].*\.(json|txt)$/i;
  const asFile = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));
  const someOf = (reader) => new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
  const filesFirst = (one, other) => Number(Boolean(one.isDirectory)) - Number(Boolean(other.isDirectory))
    || one.name.localeCompare(other.name, undefined, { numeric: true });
  const inFolder = async (folder) => {
    const [reader, found] = [folder.createReader(), []];
    for (let some = await someOf(reader); some.length; some = await someOf(reader)) found.push(...some);
    const below = [];
    for (const entry of found.sort(filesFirst)) {
      if (entry.isDirectory) { below.push(...await inFolder(entry)); continue; }
      const file = await asFile(entry);
      if (file && !file.name.startsWith(".") && (WANTED.test(file.type) || BESIDE.test(file.name))) below.push(file);
    }
    return below;
  };
  // Read at once: what was dropped is gone after the event.
  const dropped = (transfer) => {
    const entries = [...(transfer?.items || [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const folders = entries.filter((entry) => entry.isDirectory);
    if (!folders.length) return Promise.resolve(usable(transfer));
    const names = new Set(folders.map((folder) => folder.name));
    const files = usable(transfer).filter((file) => file.type || !names.has(file.name));
    return Promise.all(folders.map(inFolder)).then((found) => [...files, ...found.flat()]);
  };
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");

  const load = (source) => new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: source, onload: resolve, onerror: reject });
    document.head.append(script);
  });
  let loading = null;
  const uploads = () => {
    const sources = document.body.dataset.uploads.split(" ");
    loading ||= window.uploads ? Promise.resolve() : sources.reduce((before, source) => before.then(() => load(source)), Promise.resolve());
    return loading.catch((error) => { loading = null; throw error; }).then(() => window.uploads);
  };
  const add = async (files) => {
    try {
      (await uploads()).add(files);
    } catch {
      window.toast("The connection was lost. Try again.", { bad: true });
    }
  };

  let depth = 0;
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; document.body.classList.add("dropping"); } });
  document.addEventListener("dragleave", () => { depth = Math.max(0, depth - 1); if (!depth) document.body.classList.remove("dropping"); });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    depth = 0;
    document.body.classList.remove("dropping");
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dropped(event.dataTransfer).then((files) => {
      if (files.length) add(files);
      else window.toast("There is no picture in it.", { bad: true });
    });
  });
  document.addEventListener("paste", (event) => {
    const files = usable(event.clipboardData);
    const types = [...(event.clipboardData?.types || [])];
    if (!files.length || (event.target.matches?.("input, textarea") && types.some((type) => type.startsWith("text/")))) return;
    event.preventDefault();
    add(files);
  });
})();

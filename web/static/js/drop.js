// Files dropped or pasted on any page. What uploads them is fetched when the first one comes.
(() => {
  const usable = (transfer) => [...(transfer?.files || [])].filter((file) => file.size || file.type);
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
    const files = usable(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    add(files);
  });
  document.addEventListener("paste", (event) => {
    const files = usable(event.clipboardData);
    const types = [...(event.clipboardData?.types || [])];
    if (!files.length || (event.target.matches?.("input, textarea") && types.some((type) => type.startsWith("text/")))) return;
    event.preventDefault();
    add(files);
  });
})();

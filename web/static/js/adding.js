// Pictures added to a post leave as soon as they are chosen, with their progress; XHR, because fetch does not tell how far it
// is. They appear through the live stream.
(() => {
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-adds]");
    if (form && event.target.type === "file" && event.target.files.length) form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if (event.target.matches("form[data-adds]:has(.sending:not([hidden])) input")) event.preventDefault(); // one lot at a time
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-adds]")) return;
    event.preventDefault();
    const [box, again] = [form.querySelector(".sending"), form.querySelector("[data-again]")];
    const [bar, said] = [box.querySelector("progress"), box.querySelector("[data-sent]")];
    const megabytes = (bytes) => (bytes / 1048576).toFixed(1);
    const request = new XMLHttpRequest();
    const sending = (is) => { box.hidden = !is; again.hidden = true; };
    const failed = (sentence) => { sending(false); again.hidden = false; window.toast(sentence, { bad: true }); };
    const show = (loaded, total) => {
      bar.max = total || 1;
      bar.value = loaded;
      said.textContent = total && loaded >= total ? "Checking the picture" : `${megabytes(loaded)} of ${megabytes(total)} MB`;
    };
    request.open("POST", form.action);
    request.setRequestHeader("X-CSRF-Token", document.body.dataset.csrf);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (sent) => show(sent.loaded, sent.total));
    request.addEventListener("load", () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* said by its status */ }
      if (request.status >= 300 || !answer.message) return failed(answer.error || "The server did not take it. The pictures are still chosen: try again.");
      sending(false);
      form.reset();
      window.toast(answer.message);
    });
    request.addEventListener("error", () => failed("The connection was lost. The pictures are still chosen: try again."));
    request.addEventListener("abort", () => failed("Stopped: nothing was added."));
    box.querySelector("[data-stop]").onclick = () => request.abort();
    const size = [...form.elements.file.files].reduce((sum, file) => sum + file.size, 0);
    sending(true);
    show(0, size);
    request.send(new FormData(form));
  });
})();

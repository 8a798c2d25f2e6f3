// Sends chosen files in pieces, with a bar for each, and goes on where it stopped. Without it the form sends them whole.
const TRIES = 8;
const LONGEST_PAUSE_MS = 15000;

class Refused extends Error {}

const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function ask(url, token, options) {
  const headers = { "X-CSRFToken": token, ...options.headers };
  const response = await fetch(url, { credentials: "same-origin", redirect: "error", ...options, headers });
  if (response.ok || response.status === 409) return response;
  if (response.status >= 500 || response.status === 429) throw new Error(`${response.status}`);
  const told = await response.json().catch(() => ({}));
  throw new Refused(told.message ?? "");
}

async function persist(act, onPause) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof Refused || tries === TRIES) throw error;
      onPause();
      await wait(Math.min(2 ** tries * 500, LONGEST_PAUSE_MS));
    }
  }
}

async function send(file, { url, token, chunk }, onProgress, onPause) {
  const body = new FormData();
  body.append("name", file.name);
  body.append("size", file.size);
  const begun = await persist(() => ask(url, token, { method: "POST", body }), onPause);
  let { id, offset } = await begun.json();
  onProgress(offset);
  while (offset < file.size) {
    const response = await persist(() => ask(url, token, {
      method: "PATCH", body: file.slice(offset, offset + chunk),
      headers: { "Upload-Id": id, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" },
    }), onPause);
    offset = Number(response.headers.get("Upload-Offset"));
    onProgress(offset);
  }
}

export function uploadInPieces(input) {
  const { uploadUrl, chunkBytes, maxBytes, sending, waiting, wait: patience, broken } = input.dataset;
  const { form } = input;
  const note = document.createElement("p");
  note.className = "cp-saved";
  note.setAttribute("role", "status");
  const bar = document.createElement("progress");
  bar.className = "cp-progress";
  bar.hidden = true;
  input.after(note, bar);
  let busy = false;
  let wanted = null;

  async function sendAll(files) {
    const settings = { url: uploadUrl, token: form.elements.csrf_token.value, chunk: Number(chunkBytes) };
    const refused = [];
    for (const file of files) {
      const tell = (offset) => {
        bar.max = file.size;
        bar.value = offset;
        bar.setAttribute("aria-label", file.name);
        const percent = Math.floor((offset / file.size) * 100);
        note.textContent = sending.replace("{name}", file.name).replace("{percent}", percent);
      };
      try {
        await send(file, settings, tell, () => { note.textContent = waiting; });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        refused.push(`${file.name}: ${error.message}`);
      }
    }
    return refused;
  }

  input.addEventListener("change", async () => {
    const files = [...input.files].filter((file) => file.size > 0 && file.size <= Number(maxBytes));
    if (files.length === 0 || files.length < input.files.length) return;
    busy = true;
    wanted = null;
    bar.hidden = false;
    input.disabled = true;
    try {
      const refused = await sendAll(files);
      input.value = "";
      busy = false;
      if (refused.length > 0) note.textContent = refused.join(" ");
      else if (wanted) form.requestSubmit(wanted);
      else window.location.reload();
    } catch {
      note.textContent = broken;
    }
    busy = false;
    bar.hidden = true;
    input.disabled = false;
  });
  form.addEventListener("submit", (event) => {
    if (!busy) return;
    event.preventDefault();
    wanted = event.submitter;
    note.textContent = patience;
  });
}

// Keeps a draft on the server while it is being written. Files are left for the real submit.
import { post } from "./post.js";

const PAUSE_MS = 2000;

function draftOf(form) {
  const draft = new FormData();
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string") draft.append(name, value);
  }
  return draft;
}

export function startAutosave(form) {
  const { autosaveUrl, savedText, unsavedText } = form.dataset;
  const status = form.querySelector("[data-autosave-status]");
  let timer;
  let left = false;
  let edits = 0;

  const say = (text) => { if (status) status.textContent = text; };

  async function save() {
    const saving = edits;
    try {
      await post(autosaveUrl, draftOf(form));
      if (saving !== edits) return;
      const time = new Date().toLocaleTimeString(document.documentElement.lang, {
        hour: "2-digit", minute: "2-digit", hourCycle: "h23",
      });
      say((savedText || "{time}").replace("{time}", time));
      form.dispatchEvent(new Event("autosaved"));
    } catch {
      if (!left) say(unsavedText || "");
    }
  }

  form.addEventListener("input", () => {
    edits += 1;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE_MS);
  });
  form.addEventListener("submit", () => {
    left = true;
    clearTimeout(timer);
  });
}

// Says in good time that a session is about to end, and lengthens it on request (WCAG 2.2.1).
import { post } from "./post.js";

const WARN_SECONDS = 180;
const MAX_TIMER_MS = 2 ** 31 - 1;

export function warnBeforeExpiry(data, dialog) {
  const seconds = Number(data.sessionExpires);
  if (!dialog || !data.extendUrl || !(seconds > 0)) return;
  const said = dialog.querySelector("[data-session-status]");
  let timers = [];

  function arm() {
    const lasts = Math.min(seconds * 1000, MAX_TIMER_MS);
    timers.forEach(clearTimeout);
    timers = [
      setTimeout(() => dialog.showModal(), Math.max(lasts - WARN_SECONDS * 1000, 0)),
      setTimeout(() => { said.textContent = said.dataset.ended; }, lasts),
    ];
  }

  async function extend() {
    try {
      await post(data.extendUrl);
      said.textContent = "";
      dialog.close();
      arm();
    } catch {
      said.textContent = said.dataset.failed;
    }
  }

  dialog.querySelector("[data-session-extend]").addEventListener("click", extend);
  arm();
}

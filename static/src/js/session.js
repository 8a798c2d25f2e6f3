// Says in good time that a session is about to end, and lengthens it on request (WCAG 2.2.1).
import { post } from "./post.js";

const WARN_SECONDS = 180;
const MAX_TIMER_MS = 2 ** 31 - 1;

export function warnBeforeExpiry(data, dialog) {
  if (!dialog || !data.extendUrl || !(data.sessionExpires > 0)) return;
  const said = dialog.querySelector("[data-session-status]");
  let timers = [];

  // A sign-in that cannot be lengthened further is warned of again when half of what is left has gone.
  function arm(seconds) {
    const lasts = Math.min(seconds * 1000, MAX_TIMER_MS);
    timers.forEach(clearTimeout);
    timers = [
      setTimeout(() => { if (!dialog.open) dialog.showModal(); }, lasts - Math.min(WARN_SECONDS * 1000, lasts / 2)),
      setTimeout(() => { said.textContent = said.dataset.ended; }, lasts),
    ];
  }

  async function extend() {
    try {
      const { seconds } = await (await post(data.extendUrl)).json();
      said.textContent = "";
      dialog.close();
      arm(seconds);
    } catch {
      said.textContent = said.dataset.failed;
    }
  }

  dialog.querySelector("[data-session-extend]").addEventListener("click", extend);
  arm(Number(data.sessionExpires));
}

// The number from which tracker and change secret follow is drawn here, where the browser can: not by the portal.
const BYTES = 16;

export function drawNonce(form) {
  const nonce = crypto.getRandomValues(new Uint8Array(BYTES));
  form.elements.nonce.value = Array.from(nonce, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

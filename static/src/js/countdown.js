// Keeps "3 days left" current while a page stays open. The server's words, and the seconds it counted when it wrote them.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function wording(data, left) {
  if (left <= 0) return data.over;
  const [unit, length] = UNITS.find(([, seconds]) => left >= seconds) ?? [];
  if (!unit) return data.moment;
  const number = Math.floor(left / length);
  return data[`${unit}${number === 1 ? "One" : "Other"}`].replace("%{num}", number.toLocaleString(document.documentElement.lang));
}

export function countDown(element) {
  const ends = Date.now() + Number(element.dataset.countdown) * 1000;

  function show() {
    const left = (ends - Date.now()) / 1000;
    const text = wording(element.dataset, left);
    if (element.textContent !== text) element.textContent = text;
    if (left > 0) setTimeout(show, 1000);
  }
  show();
}

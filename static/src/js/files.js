// Lists the chosen files with their sizes and says at once which one the server would refuse.
function sizeText(bytes, locale) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const value = bytes / (unit === "kilobyte" ? 1e3 : 1e6);
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

function row(file, tooLarge, text) {
  const item = document.createElement("li");
  item.className = `cp-files__file${tooLarge ? " cp-files__file--refused" : ""}`;
  const name = document.createElement("span");
  name.textContent = file.name;
  const about = document.createElement("span");
  about.className = "cp-files__about";
  about.textContent = text;
  item.append(name, about);
  return item;
}

export function previewFiles(input) {
  const { maxBytes, maxFiles, tooLarge, tooMany } = input.dataset;
  const list = document.createElement("ul");
  list.className = "cp-files";
  const note = document.createElement("p");
  note.className = "cp-saved";
  note.setAttribute("role", "status");
  input.after(note, list);

  input.addEventListener("change", () => {
    const files = [...input.files];
    const limit = Number(maxBytes) || Infinity;
    list.replaceChildren(...files.map((file) => {
      const refused = file.size > limit;
      const size = sizeText(file.size, document.documentElement.lang);
      return row(file, refused, refused ? `${size}: ${tooLarge}` : size);
    }));
    const refused = files.filter((file) => file.size > limit).map((file) => `${file.name}: ${tooLarge}`);
    if (files.length > (Number(maxFiles) || Infinity)) refused.unshift(tooMany);
    note.textContent = refused.join(" ");
  });
}

// Asks before a page with unsaved text is left. `data-guard-unsaved="typed"`: the page came back with such text.
export function guardUnsaved(form) {
  let dirty = form.dataset.guardUnsaved === "typed";
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  form.addEventListener("autosaved", () => { dirty = false; });
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}

// A passkey in place of a typed code: the form holds what the browser signs. Browsers that cannot see no button.
export function offerPasskey(form) {
  const create = form.dataset.passkey === "create";
  const known = window.PublicKeyCredential;
  if (!(create ? known?.parseCreationOptionsFromJSON : known?.parseRequestOptionsFromJSON)) return;
  const said = form.querySelector("[data-passkey-status]");
  form.hidden = false;

  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    said.textContent = "";
    try {
      const answer = await fetch(form.dataset.optionsUrl, {
        method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error",
      });
      if (!answer.ok) throw new Error(String(answer.status));
      const options = await answer.json();
      const credential = create
        ? await navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch {
      said.textContent = said.dataset.failed;
    }
  });
}

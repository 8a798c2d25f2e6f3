// POST to our own server with the CSRF token the page carries.
export async function post(url, body = new FormData()) {
  const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";
  const response = await fetch(url, {
    method: "POST", body, credentials: "same-origin", redirect: "error", headers: { "X-CSRFToken": token },
  });
  if (!response.ok) throw new Error(`${response.status} from ${url}`);
  return response;
}

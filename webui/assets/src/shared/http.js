// Talking to the service: every change carries the page's CSRF token.
export function send(method, url, body, headers = {}) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? '';
  return fetch(url, { method, body, credentials: 'same-origin', headers: { 'X-CSRFToken': token, ...headers } });
}

/** What the server tells a script: <script type="application/json" id="…"> is read, never executed. */
export function told(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? 'null');
}

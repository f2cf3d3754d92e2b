// The server's API: the key, uploads with progress, and a job's events.

const KEY = "earwitness-key";

export class ApiProblem extends Error {
  constructor(problem, status) {
    super(problem.detail || `The server answered ${status}.`);
    this.code = problem.code || "";
    this.status = status;
  }
}

/** The key that the person gave, for as long as the tab is open. */
export const key = () => sessionStorage.getItem(KEY) || "";

const withKey = (headers = {}) => (key() ? { ...headers, Authorization: `Bearer ${key()}` } : headers);

let asking = null;

/** The dialog that asks for the key, the same on every page: made when it is first needed. */
function keyDialog() {
  const there = document.getElementById("ask-key");
  if (there) return there;
  const dialog = document.createElement("dialog");
  dialog.id = "ask-key";
  dialog.setAttribute("aria-labelledby", "ask-title");
  dialog.innerHTML = `<form method="dialog">
    <h2 id="ask-title">This server needs a key</h2>
    <label for="key">Key</label>
    <input id="key" type="password" autocomplete="off" required>
    <div class="bar"><button value="ok">Use it</button><button value="cancel" formnovalidate>Cancel</button></div>
  </form>`;
  document.body.append(dialog);
  return dialog;
}

/** Ask the person for the key, once for all who need it. */
export function askKey() {
  asking ??= new Promise((resolve) => {
    const dialog = keyDialog();
    const input = document.getElementById("key");
    input.value = "";
    dialog.addEventListener("close", () => {
      asking = null;
      if (dialog.returnValue === "ok" && input.value) sessionStorage.setItem(KEY, input.value);
      resolve(dialog.returnValue === "ok");
    }, { once: true });
    dialog.returnValue = "cancel";
    dialog.showModal();
  });
  return asking;
}

/** A response, or an ApiProblem. */
export async function call(path, options = {}) {
  const response = await fetch(path, { ...options, headers: withKey(options.headers) });
  if (response.ok) return response;
  if (response.status === 401 && await askKey()) return call(path, options);
  throw new ApiProblem(await response.json().catch(() => ({})), response.status);
}

/** Send a sound as a job; told(0…1) follows the upload, signal ends it. */
export async function startJob(blob, name, fields, told, signal) {
  for (;;) {
    const { status, body, wait } = await post(blob, name, fields, told, signal);
    if (status === 202) return body;
    if (status === 401 && await askKey()) continue;
    if (status === 429 || status === 503) {
      await new Promise((resolve) => setTimeout(resolve, 1000 * Math.min(wait, 30)));
      if (signal.aborted) throw new DOMException("cancelled", "AbortError");
      continue;
    }
    throw new ApiProblem(body, status);
  }
}

// fetch tells nothing of an upload's progress, so this is the older way
function post(blob, name, fields, told, signal) {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("file", blob, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const aborted = () => request.abort();
    signal.addEventListener("abort", aborted, { once: true });
    request.open("POST", "/v1/audio/captions");
    for (const [header, value] of Object.entries(withKey())) request.setRequestHeader(header, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && told(event.loaded / event.total);
    request.onload = () => resolve({
      status: request.status,
      body: request.response || {},
      wait: Number(request.getResponseHeader("retry-after")) || 2,
    });
    request.onerror = () => reject(new Error("The server cannot be reached."));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.send(form);
  });
}

/** Follow a job to its end: its result, or an ApiProblem. The browser's own EventSource cannot carry a key. */
export async function follow(job, told, signal) {
  const response = await call(job.links.events, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new Error("The server closed the connection.");
    waiting += value;
    const events = waiting.split("\n\n");
    waiting = events.pop();
    for (const event of events) {
      const name = /^event: (.*)$/m.exec(event)?.[1];
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (!name || !data) continue;
      const state = JSON.parse(data);
      if (name === "done") return state.result;
      if (name === "failed") throw new ApiProblem(state.problem || {}, state.problem?.status || 500);
      told(state);
    }
  }
}

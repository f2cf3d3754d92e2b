// The description of the API, shown from what the server says of itself.

import { el } from "./html.js";

const main = document.getElementById("operations");

function options(operation) {
  const form = operation.requestBody?.content["multipart/form-data"]?.schema;
  const rows = form ? Object.entries(form.properties).map(([name, schema]) => [name, schema, form.required?.includes(name)])
    : (operation.parameters || []).map((p) => [p.name, p.schema, p.required]);
  if (!rows.length) return null;
  const head = el("tr", {}, ...["option", "type", "what it is"].map((word) => el("th", { scope: "col" }, word)));
  return el("div", { class: "wide", tabindex: 0 }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows.map(row))));
}

function row([name, schema, required]) {
  const kind = schema.enum ? schema.enum.join(", ") : schema.format || schema.type;
  const bounds = [required ? "required" : "", schema.default !== undefined ? `default ${schema.default}` : "",
    schema.maximum !== undefined ? `at most ${schema.maximum}` : ""].filter(Boolean).join("; ");
  return el("tr", {}, el("td", {}, el("code", {}, name)), el("td", {}, kind),
    el("td", {}, [schema.description, bounds].filter(Boolean).join("; ")));
}

function curl(method, path, operation) {
  const form = operation.requestBody ? " -F file=@dog.wav" : "";
  const text = path.endsWith("/match") ? ' -F text="a dog barks" -F text="rain"' : "";
  const verb = method === "delete" ? " -X DELETE" : "";
  return el("pre", { tabindex: 0 }, `curl${verb} ${location.origin}${path}${form}${text}`);
}

function section(path, method, operation) {
  const example = operation.responses["200"]?.content?.["application/json"]?.example;
  return el("section", {},
    el("h2", {}, el("b", {}, method.toUpperCase()), ` ${path}`), el("p", {}, `${operation.summary}.`), options(operation),
    curl(method, path, operation), example ? el("pre", { tabindex: 0 }, JSON.stringify(example, null, 1)) : null);
}

const api = await fetch("/openapi.json").then((response) => response.json());
for (const [path, methods] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(methods)) main.append(section(path, method, operation));
}

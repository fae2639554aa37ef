// The employee's page: my tasks, one task with its instructions and form, and what came of completing it.

import { el, form, show, table } from "/page/form.js";

const REFRESH_MS = 15000;
const id = (name) => document.getElementById(name);
let me = null;
// What the server wants to see, besides the session's cookie, of whatever changes something.
let csrf = null;

// ---- the server

async function call(method, path, body) {
  const headers = { "X-Requested-With": "fetch", Accept: "application/json" };
  if (csrf && method !== "GET") headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw { detail: "The server does not answer. Your entries are kept; try again in a moment." };
  }
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : null;
  let problem = {};
  try { problem = JSON.parse(text); } catch { /* not ours */ }
  throw { status: response.status, detail: problem.detail ?? `The server answered ${response.status}.` };
}

function note(message) {
  id("note").replaceChildren(...(message ? [el("div", { class: "box problem", role: "alert" }, message)] : []));
}

// Does something for the person; what goes wrong is told, and a missing sign-in asked for.
async function doing(work) {
  note("");
  try {
    return await work();
  } catch (error) {
    if (error.status === 401) signIn(me ? error.detail : "");
    else note(error.detail ?? String(error));
    return undefined;
  }
}

// ---- signing in

function signIn(message) {
  me = null;
  csrf = null;
  id("leave").hidden = true;
  id("who").textContent = "";
  const name = el("input", { autocomplete: "username", required: true, id: "name" });
  const password = el("input", { type: "password", autocomplete: "current-password", required: true, id: "password" });
  const submit = async (event) => {
    event.preventDefault();
    try {
      await call("POST", "/hosk/v1/session", { username: name.value, password: password.value });
    } catch (error) {
      signIn(error.detail ?? String(error));
      return;
    }
    await begin();
  };
  const fields = [
    el("div", { class: "field" }, el("label", { for: "name" }, "User name"), name),
    el("div", { class: "field" }, el("label", { for: "password" }, "Password"), password),
  ];
  const box = el("form", { class: "box signin", onsubmit: submit }, el("h1", {}, "Sign in"), message ? el("p", { class: "late" }, message) : null,
    fields, el("button", { class: "main" }, "Sign in"));
  id("list").replaceChildren();
  id("task").replaceChildren(box);
  document.body.classList.add("open", "alone");
  name.focus();
}

// ---- the list

async function list() {
  const found = await call("POST", "/v2/user-tasks/search", {
    filter: { state: "CREATED" },
    sort: [{ field: "priority", order: "DESC" }, { field: "creationDate" }],
  });
  const mine = found.items.filter((task) => task.assignee === me.username);
  const others = found.items.filter((task) => task.assignee === null);
  const rest = found.items.filter((task) => task.assignee !== null && task.assignee !== me.username);
  const part = (title, tasks) => (tasks.length ? [el("div", { class: "head" }, el("h2", {}, `${title} (${tasks.length})`)), tasks.map(card)] : []);
  const empty = el("p", { class: "empty" }, "Nothing to do. New tasks appear here by themselves.");
  const title = el("h1", { class: "title" }, "My tasks");
  id("list").replaceChildren(title, ...part("Mine", mine).flat(), ...part("To take", others).flat(), ...part("Of others", rest).flat(), ...(found.items.length ? [] : [empty]));
}

// Tags such as `order:O-1001` tell tasks of one name apart.
function card(task) {
  const current = location.hash === `#/tasks/${task.userTaskKey}`;
  const open = () => { location.hash = `#/tasks/${task.userTaskKey}`; };
  const due = task.dueDate ? el("span", { class: new Date(task.dueDate) < new Date() ? "late" : "dim" }, `due ${when(task.dueDate)}`) : null;
  const who = task.assignee ?? task.candidateGroups.join(", ");
  return el("button", { class: "card", "aria-current": String(current), onclick: open }, el("strong", {}, [task.name, ...task.tags.map((tag) => tag.replace(/^[^:]*:/, ""))].join(" · ")),
    el("span", { class: "dim" }, `${task.processName ?? task.processDefinitionId} · ${who}`), el("div", { class: "row" }, due));
}

const when = (time) => new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

// ---- one task

async function open(key) {
  const view = await call("GET", `/hosk/v1/user-tasks/${encodeURIComponent(key)}`);
  const { task } = view;
  const fields = form(view.form?.schema, view.variables);
  const button = el("button", { class: "main", type: "submit" }, task.name);
  const free = task.assignee === null && task.state === "CREATED";
  const claim = el("button", { type: "button", onclick: () => take(key) }, "Take it");
  const submit = (event) => {
    event.preventDefault();
    if (fields.valid()) complete(key, fields.values(), button);
  };
  const others = Object.entries(view.variables).filter(([name]) => name !== "client");
  const aside = [client(view.variables.client), others.length ? box("Data of the case", facts(Object.fromEntries(others))) : null];
  const about = [task.processName ?? task.processDefinitionId, task.assignee ? `taken by ${task.assignee}` : "not taken", task.dueDate ? `due ${when(task.dueDate)}` : null];
  const actions = el("div", { class: "row sticky" }, button, free ? claim : null);
  const work = task.state === "CREATED" ? el("form", { class: "box", onsubmit: submit }, fields.node, actions) : el("p", { class: "box" }, "This task is done.");
  id("task").replaceChildren(back(), el("h1", {}, task.name), el("p", { class: "dim" }, about.filter(Boolean).join(" · ")),
    el("div", { class: "columns" }, el("div", {}, view.instructions ? el("div", { class: "box instructions" }, view.instructions) : null, work), el("div", {}, aside)));
}

const back = () => el("a", { class: "back", href: "#/" }, "← All tasks");
const box = (title, ...content) => el("div", { class: "box" }, el("h2", {}, title), ...content);

function take(key) {
  return doing(async () => {
    await call("POST", `/v2/user-tasks/${encodeURIComponent(key)}/assignment`, { assignee: me.username, allowOverride: false });
    await Promise.all([open(key), list()]);
  });
}

// The client card from the CRM, where the process has fetched one.
function client(card) {
  if (typeof card !== "object" || card === null || Array.isArray(card)) return null;
  const title = card.name ?? card.code ?? "Client";
  const blocked = card.blocked === true ? el("p", { class: "late" }, `▲ Blocked${card.blockedReason ? `: ${card.blockedReason}` : ""}`) : null;
  const rest = Object.fromEntries(Object.entries(card).filter(([name]) => !["name", "blocked", "blockedReason"].includes(name)));
  return el("div", { class: "box" }, el("h2", {}, title), blocked, facts(rest));
}

const words = (name) => name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/[_-]/g, " ").replace(/^./, (letter) => letter.toUpperCase()).replace(/ [A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());

function facts(object, depth = 0) {
  const value = (given) => {
    if (given === true || given === false) return given ? "yes" : "no";
    if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(given)) return when(given);
    if (rows(given)) return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table" }, table(given, columns(given)));
    if (typeof given === "object" && given !== null && !Array.isArray(given) && depth < 3) return facts(given, depth + 1);
    return show(given);
  };
  const shown = Object.entries(object).filter(([, given]) => given !== null && given !== "" && !(Array.isArray(given) && given.length === 0));
  const entry = ([name, given]) => {
    const wide = rows(given) ? "wide" : null;
    return [el("dt", { class: wide }, words(name)), el("dd", { class: wide }, value(given))];
  };
  return el("dl", {}, shown.map(entry));
}

const rows = (given) => Array.isArray(given) && given.length > 0 && given.every((item) => typeof item === "object" && item !== null);

// Columns that hold something in at least one row.
function columns(items) {
  const keys = [...new Set(items.flatMap(Object.keys))];
  const used = keys.filter((key) => items.some((item) => item[key] !== null && item[key] !== "" && item[key] !== undefined));
  return used.map((key) => ({ key, label: words(key) }));
}

// ---- completing, and what came of it

function complete(key, variables, button) {
  return doing(async () => {
    button.disabled = true;
    const before = button.textContent;
    button.textContent = "Working…";
    try {
      const result = await call("POST", `/hosk/v1/user-tasks/${encodeURIComponent(key)}/completion`, { variables });
      outcome(result);
      await list();
    } finally {
      button.disabled = false;
      button.textContent = before;
    }
  });
}

function outcome(result) {
  const kind = result.incident ? "trouble" : "done";
  const next = result.nextTask ? el("button", { class: "main", onclick: () => { location.hash = `#/tasks/${result.nextTask.userTaskKey}`; } }, `Next: ${result.nextTask.name}`) : null;
  const steps = result.elements.filter((element) => element.name !== element.elementId).map((element) => el("li", {}, element.name));
  const failed = result.results.filter((job) => job.outcome !== "COMPLETED").map((job) => el("li", { class: "failed" }, `${job.name}: ${job.message ?? job.errorCode}`));
  const answers = result.results.filter((job) => typeof job.result === "object" && job.result !== null);
  const clients = answers.filter((job) => job.type.endsWith(":get-client"));
  const cards = answers.filter((job) => !clients.includes(job)).map((job) => box(job.name, facts(job.result)));
  const waiting = result.waiting.filter((point) => point.summary !== result.incident?.summary && !result.summary.includes(point.summary)).map((point) => el("p", {}, point.summary));
  const panel = [
    el("div", { class: `box ${kind}` }, el("p", {}, `${result.incident ? "▲" : "✓"} ${result.summary}`), next),
    steps.length || failed.length ? box("What happened", el("ol", { class: "steps" }, steps, failed)) : null,
    waiting.length && !result.nextTask ? box("What is next", ...waiting) : null,
  ];
  id("task").replaceChildren(back(), el("h1", {}, "Result"), el("div", { class: "columns" }, el("div", {}, panel, cards), el("div", {}, clients.map((job) => client(job.result)))));
  id("task").scrollIntoView({ block: "start" });
}

// ---- the page

async function route() {
  const key = /^#\/tasks\/(-?\d+)$/.exec(location.hash)?.[1];
  document.body.classList.toggle("open", key !== undefined);
  await doing(async () => {
    if (key) await open(key);
    else id("task").replaceChildren(el("h1", { class: "empty" }, "Choose a task"));
    await list();
  });
}

// What a session must show. Who did not come by a session has nothing to leave.
async function token() {
  try {
    return (await call("GET", "/hosk/v1/csrf-token")).csrfToken;
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

async function begin() {
  document.body.classList.remove("alone");
  await doing(async () => {
    me = await call("GET", "/v2/authentication/me");
    id("who").textContent = me.displayName ?? me.username;
    csrf = me.canLogout ? await token() : null;
    id("leave").hidden = csrf === null;
  });
  if (me) await route();
}

window.addEventListener("hashchange", () => me && route());
id("leave").addEventListener("click", () => doing(async () => {
  await call("DELETE", "/hosk/v1/session");
  signIn("");
}));
setInterval(() => me && document.visibilityState === "visible" && list().catch(() => {}), REFRESH_MS);
begin();

// Forms as designers draw them (the form-js schema), rendered with plain elements. Nothing of a form is run as code.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value === "boolean") node[name] = value;
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

export function at(data, path) {
  return String(path).split(".").reduce((value, part) => (value === null || value === undefined ? undefined : value[part]), data);
}

export function show(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function put(data, path, value) {
  const parts = String(path).split(".");
  const last = parts.pop();
  let place = data;
  for (const part of parts) {
    if (typeof place[part] !== "object" || place[part] === null) place[part] = {};
    place = place[part];
  }
  place[last] = value;
}

const fill = (text, data) => String(text ?? "").replace(/\{\{\s*=?\s*([\w.$-]+)\s*\}\}/g, (_, path) => show(at(data, path)));
const source = (text, data) => at(data, String(text ?? "").replace(/^=\s*/, "").trim());

// The little FEEL that conditions of visibility usually are: `=path`, `=path = literal`, `=path != literal`. What is
// more than that shows the field: a field too many is better than one that cannot be reached.
function hidden(condition, data) {
  const match = /^=\s*([\w.]+)\s*(?:(!?=)\s*(".*"|-?[\d.]+|true|false|null))?\s*$/.exec(condition ?? "");
  if (!match) return false;
  const value = at(data, match[1]) ?? null;
  if (!match[2]) return value === true;
  const equal = value === JSON.parse(match[3]);
  return match[2] === "=" ? equal : !equal;
}

function markdown(text) {
  const blocks = text.split(/\n/).map((line) => {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (heading) return el("h2", {}, heading[2]);
    return line.trim() ? el("p", {}, line) : null;
  });
  return el("div", {}, blocks);
}

const options = (component, data) =>
  component.values ?? (component.valuesKey ? at(data, component.valuesKey) : source(component.valuesExpression, data)) ?? [];
const option = (given) => (typeof given === "object" && given !== null ? given : { label: show(given), value: given });

// A form: `node` to show, `values()` to send, `valid()` to ask before.
export function form(schema, data) {
  const values = structuredClone(data ?? {});
  const fields = [];
  const components = schema?.components ?? [];
  const refresh = () => fields.forEach((field) => field.refresh());
  const node = el("div", { class: "form" }, components.map((component) => build(component, values, fields, refresh)));
  refresh();
  return {
    node,
    valid: () => {
      const wrong = fields.find((field) => !field.node.hidden && field.input && !field.input.checkValidity());
      if (wrong) wrong.input.reportValidity();
      return !wrong;
    },
    values: () => Object.assign({}, ...fields.filter((field) => field.key).map((field) => topOf(field.key, values))),
  };
}

// Only what the form names is sent, so that a form never overwrites what it does not show.
function topOf(key, values) {
  const top = key.split(".")[0];
  return { [top]: values[top] ?? null };
}

function build(component, values, fields, refresh) {
  const field = { key: component.key ?? component.path, refresh: () => {} };
  const made = (MAKERS[component.type] ?? MAKERS.unknown)(component, values, field, refresh, fields);
  if (!made) return null;
  field.node = made;
  const inner = field.refresh;
  field.refresh = () => {
    made.hidden = hidden(component.conditional?.hide, values);
    inner();
  };
  fields.push(field);
  return made;
}

let count = 0;

function labelled(component, input, field) {
  const id = `f${(count += 1)}`;
  input.id = id;
  input.required = component.validate?.required === true;
  input.disabled = component.disabled === true || component.readonly === true;
  field.input = input;
  const label = el("label", { for: id }, component.label ?? component.key ?? "", input.required ? " *" : "");
  const hint = component.description ? el("div", { class: "hint" }, component.description) : null;
  return el("div", { class: "field" }, label, input, hint);
}

function start(component, values) {
  const given = at(values, component.key);
  if (given !== undefined && given !== null) return given;
  if (component.defaultValue !== undefined) put(values, component.key, component.defaultValue);
  return component.defaultValue;
}

function textual(input, component, values, field, refresh, read = (text) => text) {
  const rules = component.validate ?? {};
  for (const [rule, attribute] of [["maxLength", "maxlength"], ["minLength", "minlength"], ["min", "min"], ["max", "max"]]) {
    if (rules[rule] !== undefined && rules[rule] !== "") input.setAttribute(attribute, rules[rule]);
  }
  if (rules.pattern) input.setAttribute("pattern", rules.pattern);
  input.value = show(start(component, values));
  input.addEventListener("input", () => {
    put(values, component.key, input.value === "" ? null : read(input.value));
    refresh();
  });
  return labelled(component, input, field);
}

const MAKERS = {
  text: (component, values, field) => {
    const node = el("div", { class: "field" });
    field.refresh = () => node.replaceChildren(markdown(fill(component.text, values)));
    return node;
  },
  textfield: (component, ...rest) =>
    textual(el("input", { type: component.validate?.validationType === "email" ? "email" : "text" }), component, ...rest),
  textarea: (component, ...rest) => textual(el("textarea"), component, ...rest),
  number: (component, ...rest) => {
    const digits = component.decimalDigits;
    const step = digits === undefined ? "any" : String(10 ** -digits);
    return textual(el("input", { type: "number", step }), component, ...rest, component.serializeToString ? String : Number);
  },
  datetime: (component, ...rest) => {
    const type = { date: "date", time: "time", datetime: "datetime-local" }[component.subtype] ?? "date";
    return textual(el("input", { type }), { ...component, label: component.label ?? component.dateLabel ?? component.timeLabel }, ...rest);
  },
  checkbox: (component, values, field, refresh) => {
    const input = el("input", { type: "checkbox" });
    input.checked = start(component, values) === true;
    put(values, component.key, input.checked);
    input.disabled = component.disabled === true || component.readonly === true;
    input.addEventListener("change", () => {
      put(values, component.key, input.checked);
      refresh();
    });
    return el("div", { class: "field" }, el("label", { class: "check" }, input, component.label ?? component.key));
  },
  select: (component, values, field, refresh) => {
    const known = options(component, values).map(option);
    const chosen = start(component, values);
    const choices = known.map((item, index) => el("option", { value: index, selected: item.value === chosen }, item.label));
    const input = el("select", {}, el("option", { value: "" }, "Choose…"), choices);
    input.addEventListener("change", () => {
      put(values, component.key, known[input.value]?.value ?? null);
      refresh();
    });
    return labelled(component, input, field);
  },
  radio: (component, values, field, refresh) => {
    const name = `r${(count += 1)}`;
    const chosen = start(component, values);
    const choices = options(component, values).map(option).map((item) => {
      const input = el("input", { type: "radio", name, required: component.validate?.required === true, checked: item.value === chosen });
      input.addEventListener("change", () => {
        put(values, component.key, item.value);
        refresh();
      });
      field.input ??= input;
      return el("label", { class: "check" }, input, item.label);
    });
    return el("fieldset", { class: "field" }, el("legend", {}, component.label ?? component.key), choices);
  },
  checklist: (component, values, field, refresh) => {
    const chosen = new Set(start(component, values) ?? []);
    const choices = options(component, values).map(option).map((item) => {
      const input = el("input", { type: "checkbox", checked: chosen.has(item.value) });
      input.addEventListener("change", () => {
        input.checked ? chosen.add(item.value) : chosen.delete(item.value);
        put(values, component.key, [...chosen]);
        refresh();
      });
      return el("label", { class: "check" }, input, item.label);
    });
    return el("fieldset", { class: "field" }, el("legend", {}, component.label ?? component.key), choices);
  },
  table: (component, values, field) => {
    delete field.key;
    const node = el("div", { class: "field" });
    field.refresh = () => {
      const rows = source(component.dataSource, values);
      node.replaceChildren(el("label", {}, component.label ?? ""), table(Array.isArray(rows) ? rows : [], component.columns));
    };
    return node;
  },
  group: (component, values, field, refresh, fields) => {
    delete field.key;
    const inner = (component.components ?? []).map((child) => build(child, values, fields, refresh));
    return el("fieldset", { class: "box" }, el("legend", {}, component.label ?? ""), inner);
  },
  dynamiclist: (component, values, field) => {
    const node = el("div", { class: "field" }, el("label", {}, component.label ?? ""));
    const rows = at(values, component.path) ?? [{}];
    put(values, component.path, rows);
    const draw = () => {
      const drawn = rows.map((row, index) => {
        const inner = [];
        const parts = (component.components ?? []).map((child) => build(child, row, inner, () => {}));
        inner.forEach((part) => part.refresh());
        const remove = el("button", { type: "button", class: "plain", onclick: () => { rows.splice(index, 1); draw(); } }, "Remove");
        return el("div", { class: "box" }, parts, component.allowAddRemove === false ? null : remove);
      });
      const add = el("button", { type: "button", onclick: () => { rows.push({}); draw(); } }, "Add");
      node.replaceChildren(el("label", {}, component.label ?? ""), ...drawn, ...(component.allowAddRemove === false ? [] : [add]));
    };
    draw();
    return node;
  },
  separator: () => el("hr"),
  spacer: () => null,
  button: () => null,
  unknown: (component, values, field) => {
    delete field.key;
    return component.label ? el("p", { class: "dim" }, `${component.label} cannot be shown here.`) : null;
  },
};

export function table(rows, columns) {
  const shown = columns?.length ? columns : Object.keys(rows[0] ?? {}).map((key) => ({ key, label: key }));
  const head = el("tr", {}, shown.map((column) => el("th", { scope: "col" }, column.label ?? column.key)));
  const body = rows.map((row) => el("tr", {}, shown.map((column) => el("td", {}, show(at(row, column.key))))));
  return el("table", {}, el("thead", {}, head), el("tbody", {}, body));
}

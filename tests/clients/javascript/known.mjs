// What answers have that the client's own schemas do not know. Its strictest check of answers, `fanatical`, does not look into
// lists; this looks everywhere, at what came over the line.

import { AsyncLocalStorage } from "node:async_hooks";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = dirname(createRequire(import.meta.url).resolve("@camunda8/orchestration-cluster-api"));
const file = readdirSync(folder).find((name) => /^zod\.gen-.*\.js$/.test(name));
const schemas = await import(pathToFileURL(join(folder, file)));
const operation = new AsyncLocalStorage();

/** The schemas behind a schema: of its alternatives, its parts, and what may be absent. */
function* within(schema) {
  const { type, ...def } = schema.def;
  const inner = {
    union: () => def.options,
    intersection: () => [def.left, def.right],
    lazy: () => [def.getter()],
    pipe: () => [def.in],
  }[type]?.() ?? (def.innerType ? [def.innerType] : undefined);
  if (inner) for (const one of inner) yield* within(one);
  else yield schema;
}

/** Paths of properties of a value that its schemas do not know, and of words that are none of theirs. */
function unknownIn(value, candidates, path) {
  const all = candidates.flatMap((schema) => [...within(schema)]);
  const of = (type) => all.filter((schema) => schema.def.type === type);
  if (all.some((schema) => ["any", "unknown"].includes(schema.def.type))) return [];
  if (typeof value === "string") {
    const words = [
      ...of("enum").flatMap((schema) => Object.values(schema.def.entries)),
      ...of("literal").flatMap((schema) => schema.def.values),
    ];
    return words.length && !of("string").length && !words.includes(value) ? [`${path}: ${value}`] : [];
  }
  if (Array.isArray(value)) {
    const items = of("array").map((schema) => schema.def.element);
    return value.flatMap((item) => unknownIn(item, items, `${path}[]`));
  }
  if (value === null || typeof value !== "object") return [];
  const records = of("record").map((schema) => schema.def.valueType);
  const open = of("object").map((schema) => schema.def.catchall).filter((rest) => rest && rest.def.type !== "never");
  return Object.entries(value).flatMap(([name, member]) => {
    const known = of("object").map((schema) => schema.shape[name]).filter(Boolean).concat(records, open);
    return known.length ? unknownIn(member, known, `${path}.${name}`) : [`${path}.${name}`];
  });
}

/** What was looked at, and what of it was not known. */
export const seen = { operations: new Set(), unknown: new Set() };

/** A `fetch` for the client that looks at every answer. */
export async function watched(input, init) {
  const response = await fetch(input, init);
  const id = operation.getStore();
  const schema = schemas[`z${id?.[0].toUpperCase()}${id?.slice(1)}Response`];
  const isJson = response.headers.get("content-type") === "application/json";
  if (schema && response.ok && isJson) {
    seen.operations.add(id);
    unknownIn(await response.clone().json(), [schema], id).forEach((path) => seen.unknown.add(path));
  }
  return response;
}

/** The client, with the name of the method that is called known to `watched`. */
export const named = (client) => new Proxy(client, {
  get: (target, name) => {
    const member = target[name];
    return typeof member === "function" ? (...given) => operation.run(name, () => member.apply(target, given)) : member;
  },
});

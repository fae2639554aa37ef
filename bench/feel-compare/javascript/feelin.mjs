// npm `feelin`: reads the cases as JSON from its standard input and prints one line of JSON per measurement.
// It has no compiled form, so evaluating includes parsing; and it has no decision tables.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluate, parseExpression } from "feelin";

const ROUNDS = 15;
const ROUND_NANOS = 20e6;
const ENOUGH_NANOS = 10e9;

const nanos = () => Number(process.hrtime.bigint());

function median(run) {
  const begun = nanos();
  run();
  const times = Math.min(Math.max(Math.floor(ROUND_NANOS / (nanos() - begun)), 1), 1e6);
  const rounds = [];
  const all = nanos();
  for (let round = 0; round < ROUNDS && nanos() - all < ENOUGH_NANOS; round += 1) {
    const start = nanos();
    for (let time = 0; time < times; time += 1) run();
    rounds.push((nanos() - start) / times);
  }
  return rounds.sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
}

for (const { name, expression, input, expected } of JSON.parse(readFileSync(0, "utf8"))) {
  const run = () => JSON.stringify(evaluate(expression, JSON.parse(input)).value);
  assert.deepEqual(JSON.parse(run()), expected, name);
  const measurements = { evaluate: run, compile: () => parseExpression(expression, JSON.parse(input)) };
  for (const [what, measured] of Object.entries(measurements)) {
    console.log(JSON.stringify({ case: name, what, nanos: median(measured) }));
  }
}

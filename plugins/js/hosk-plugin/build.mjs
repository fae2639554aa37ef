#!/usr/bin/env node
// Makes a component of a plugin: `hosk-plugin-build plugin.ts plugin.wasm`. The interface is read from the folder that
// HOSK_WIT names, `wit` beside this file, or the one of hosk's own tree.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { componentize } from '@bytecodealliance/componentize-js';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const [source = 'plugin.js', target = 'plugin.wasm'] = process.argv.slice(2);
const places = [process.env.HOSK_WIT, join(here, 'wit'), join(here, '..', '..', 'wit')];
const witPath = places.find((place) => place && existsSync(place));
if (witPath === undefined) {
  console.error('The interface is missing: set HOSK_WIT to the folder of connector.wit.');
  process.exit(1);
}

const bundled = await build({
  entryPoints: [source],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
  target: 'es2023',
  external: ['hosk:*'],
  alias: { 'hosk-plugin': join(here, 'index.js') },
  logLevel: 'error',
});
const { component } = await componentize(bundled.outputFiles[0].text, {
  witPath,
  worldName: 'connector',
  // `fetch` would need an import that hosk refuses; the interface `http` is there instead.
  disableFeatures: ['http', 'fetch-event'],
});
await writeFile(target, component);
console.log(`${target}: ${component.length} bytes`);

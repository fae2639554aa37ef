// Everything that a plugin should not do.

import { config, credential, definePlugin, http, log } from 'hosk-plugin';

const defaults = { retries: 0, backoff: { initialMs: 1000, maximumMs: 1000 }, timeoutMs: 3000 };
const operation = (title, run) => ({ title, delivery: 'idempotent', input: { type: 'object' }, output: {}, defaults, run });

function dive(depth) {
  return dive(depth + 1) + 1;
}

export const plugin = definePlugin({
  id: 'hostile',
  version: 1,
  title: 'Hostile',
  operations: {
    loop: operation('Never end', () => {
      for (;;);
    }),
    memory: operation('Take all memory', () => {
      const all = [];
      for (;;) all.push(new Uint8Array(1 << 20).fill(1));
    }),
    recursion: operation('Call itself', () => dive(0)),
    exception: operation('Throw', () => {
      throw new Error('on purpose');
    }),
    output: operation('Hand over too much', () => 'x'.repeat(8 << 20)),
    logs: operation('Flood the log', () => {
      for (let line = 0; line < 10_000; line += 1) log.info('again');
    }),
    host: operation('Ask a host that is not granted', () => http.get('http://10.11.12.13/').status),
    secret: operation('Ask for the secret of another connection', () =>
      http.get('/', { credentials: [credential.bearer('{{secrets.OTHER}}')] }).status,
    ),
    look: operation('Look for secrets', () => ({ settings: JSON.stringify(config.settings()).includes('sesame'), names: config.secrets() })),
  },
});

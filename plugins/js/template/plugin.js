// A connector with one operation. docs/plugins.md of hosk tells the rest.

import { config, credential, definePlugin, http } from 'hosk-plugin';

export const plugin = definePlugin({
  id: 'my-plugin',
  version: 1,
  title: 'My plugin',
  operations: {
    'find-client': {
      title: 'Find client',
      delivery: 'idempotent',
      input: {
        type: 'object',
        required: ['code'],
        properties: { code: { type: 'string', title: 'Code', minLength: 1 } },
      },
      output: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
      errors: [{ code: 'CLIENT_NOT_FOUND', meaning: 'Nobody has this code' }],
      capabilities: { network: true, secrets: ['TOKEN'] },
      run(input) {
        const path = config.settings().clients ?? '/clients';
        const answer = http
          .get(`${path}/${encodeURIComponent(input.code)}`, { credentials: [credential.bearer('{{secrets.TOKEN}}')] })
          .orFail()
          .json();
        return { name: answer.name };
      },
    },
  },
});

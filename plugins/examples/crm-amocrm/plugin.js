// Clients of amoCRM, which calls itself Kommo elsewhere (https://developers.kommo.com/reference/companies-list). A client
// is a company there. Its code, whether it is blocked and how much credit is left stand in fields that each account makes
// for itself; the connection's settings say which.

import { BpmnError, Failure, config, credential, definePlugin, http, log } from 'hosk-plugin';

/** Companies of one page, the most there may be. */
const PAGE = 250;
/** Without a word of the target about how long to wait: it takes seven requests a second. */
const PAUSE_MS = 1000;

const text = { type: 'string', minLength: 1 };
const id = { type: 'integer', minimum: 1, title: 'Company', description: 'Its id in amoCRM' };

const card = {
  type: 'object',
  required: ['id', 'code', 'name', 'blocked', 'availableCredit', 'email', 'phone', 'address'],
  properties: {
    id: { type: 'integer' },
    code: { type: ['string', 'null'] },
    name: { type: 'string' },
    blocked: { type: 'boolean' },
    availableCredit: { type: ['number', 'null'], description: 'null: without a limit' },
    email: { type: ['string', 'null'] },
    phone: { type: ['string', 'null'] },
    address: { type: ['string', 'null'] },
  },
};

const notFound = { code: 'CLIENT_NOT_FOUND', meaning: 'amoCRM has no such company' };

/** An answer of a success, or a failure that says what amoCRM complains about. */
function ask(method, path, options = {}) {
  const response = http.request(method, path, {
    ...options,
    credentials: [credential.bearer('{{secrets.TOKEN}}')],
  });
  if (response.ok) return response;
  throw refusal(response);
}

/** amoCRM tells of mistakes as `application/problem+json`, with what is wrong with which field. */
function refusal(response) {
  const { status } = response;
  let problem = {};
  try {
    problem = JSON.parse(response.text());
  } catch {
    // A proxy in between answers with a page.
  }
  const fields = (problem['validation-errors'] ?? [])
    .flatMap((entry) => entry.errors ?? [])
    .map((error) => `${error.path}: ${error.detail}`);
  const said = [problem.detail ?? problem.title ?? '', ...fields].filter((line) => line !== '').join('; ');
  const told = `amoCRM answered ${status}${said === '' ? '' : `: ${said}`}`;
  const options = { code: String(status), details: fields.length > 0 ? { fields } : undefined };
  if (status === 400 || status === 422) return new Failure('invalid-input', told, options);
  if (status === 401) return new Failure('unauthorized', `${told}; the secret TOKEN is a long-lived token of an integration`, options);
  if (status === 402) return new Failure('permanent', `${told}; the account is not paid for`, options);
  if (status === 403) return new Failure('unauthorized', `${told}; the account, or this address, may not use the API`, options);
  if (status === 404) return new Failure('not-found', told, options);
  if (status === 429) return new Failure('rate-limited', told, { ...options, retryAfterMs: wait(response) });
  if (status === 408 || status >= 500) return new Failure('transient', told, options);
  return new Failure('permanent', told, options);
}

function wait(response) {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : PAUSE_MS;
}

/** The value of a field that the account made for itself; settings name it by its id, its code or its name. */
function own(company, field) {
  if (field === undefined || field === null || field === '') return undefined;
  const found = (company.custom_fields_values ?? []).find(
    (one) => String(one.field_id) === String(field) || one.field_code === field || one.field_name === field,
  );
  return found?.values?.[0]?.value;
}

/** The client card of a company. */
function cardOf(company) {
  const { codeField = 'Code', blockedField = 'Blocked', creditField = 'Credit' } = config.settings();
  const words = (field) => {
    const value = own(company, field);
    return value === undefined || value === null || value === '' ? null : String(value);
  };
  const credit = own(company, creditField);
  const availableCredit = credit === undefined || credit === null || credit === '' ? null : Number(credit);
  if (Number.isNaN(availableCredit)) {
    throw new Failure('permanent', `the field \`${creditField}\` of company ${company.id} is no number: ${credit}`);
  }
  return {
    id: company.id,
    code: words(codeField),
    name: company.name,
    blocked: own(company, blockedField) === true,
    availableCredit,
    email: words('EMAIL'),
    phone: words('PHONE'),
    address: words('ADDRESS'),
  };
}

/** The search of amoCRM looks into all fields and finds beginnings as well: only the whole code counts. */
function findClient({ code }) {
  const response = ask('GET', '/api/v4/companies', { query: { query: code, limit: PAGE } });
  // Without a company there is no body: 204.
  const companies = response.status === 204 ? [] : (response.json()._embedded?.companies ?? []);
  const cards = companies.map(cardOf).filter((one) => one.code === code);
  if (cards.length === 1) return cards[0];
  if (cards.length === 0) throw new BpmnError(notFound.code, `amoCRM has no company with the code ${code}`, { code });
  const ids = cards.map((one) => one.id);
  throw new BpmnError('CLIENT_AMBIGUOUS', `companies ${ids.join(', ')} of amoCRM have the code ${code}`, { code, ids });
}

function getClient({ id: company }) {
  const response = ask('GET', `/api/v4/companies/${company}`);
  if (response.status === 204) throw new BpmnError(notFound.code, `amoCRM has no company ${company}`, { id: company });
  return cardOf(response.json());
}

/** Notes have no key of their own: each bears that of its step, and a repeat looks for it. */
function addNote({ id: company, note }, call) {
  const mark = `[hosk ${call.idempotencyKey}]`;
  const notes = `/api/v4/companies/${company}/notes`;
  if (call.attempt > 1) {
    const response = ask('GET', notes, { query: { limit: PAGE, 'order[id]': 'desc' } });
    const written = response.status === 204 ? [] : (response.json()._embedded?.notes ?? []);
    const ours = written.find((one) => String(one.params?.text ?? '').endsWith(mark));
    if (ours !== undefined) {
      log.info(`the note ${ours.id} was written by an earlier attempt`);
      return { noteId: ours.id, repeated: true };
    }
  }
  const body = [{ note_type: 'common', params: { text: `${note}\n${mark}` } }];
  const noteId = ask('POST', notes, { json: body }).json()._embedded?.notes?.[0]?.id;
  if (noteId === undefined) throw new Failure('permanent', 'amoCRM did not say which note it made');
  return { noteId, repeated: false };
}

const capabilities = { network: true, secrets: ['TOKEN'] };

export const plugin = definePlugin({
  id: 'crm-amocrm',
  version: 1,
  title: 'amoCRM',
  operations: {
    'find-client': {
      title: 'Find client',
      description: 'The card of the company that has this code.',
      delivery: 'idempotent',
      input: {
        type: 'object',
        required: ['code'],
        properties: { code: { ...text, title: 'Code', description: 'As in the field of the setting `codeField`' } },
      },
      output: card,
      errors: [notFound, { code: 'CLIENT_AMBIGUOUS', meaning: 'Several companies have this code' }],
      capabilities,
      run: findClient,
    },
    'get-client': {
      title: 'Get client',
      description: 'The card of a company whose id is known.',
      delivery: 'idempotent',
      input: { type: 'object', required: ['id'], properties: { id } },
      output: card,
      errors: [notFound],
      capabilities,
      run: getClient,
    },
    'add-note': {
      title: 'Add note',
      description: 'Writes a note into the feed of a company, once however often it is tried.',
      delivery: 'search-before-retry',
      input: {
        type: 'object',
        required: ['id', 'note'],
        properties: { id, note: { ...text, title: 'Note', maxLength: 10000, 'x-multiline': true } },
      },
      output: {
        type: 'object',
        required: ['noteId', 'repeated'],
        properties: { noteId: { type: 'integer' }, repeated: { type: 'boolean' } },
      },
      capabilities,
      run: addNote,
    },
  },
});

// What a plugin written in JavaScript is made of: the contract and the operations go in, the two exports of the
// interface come out. Exceptions become failures, so an operation just throws.

import { secrets as secretNames, settings as settingsText } from 'hosk:connector/config@1.0.0';
import { send } from 'hosk:connector/http@1.0.0';
import { write } from 'hosk:connector/log@1.0.0';

/** A failure of the attempt: `kind` decides whether it is repeated. */
export class Failure extends Error {
  constructor(kind, message, { retryAfterMs, code, details } = {}) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
    this.code = code;
    this.details = details;
  }
}

/** A business result that the contract declares: it leaves the step by an error boundary event. */
export class BpmnError extends Error {
  constructor(code, message, variables = {}) {
    super(message);
    this.code = code;
    this.variables = variables;
  }
}

/** Lines for the operator. */
export const log = Object.fromEntries(
  ['trace', 'debug', 'info', 'warn', 'error'].map((level) => [level, (message) => write(level, String(message))]),
);

/** What the administrator configured. Secrets are known by name only. */
export const config = {
  settings: () => JSON.parse(settingsText()),
  secrets: () => secretNames(),
};

/** Where the host puts a secret: templates name it as {{secrets.NAME}}. */
export const credential = {
  header: (name, template) => ({ tag: 'header', val: [name, template] }),
  bearer: (template) => ({ tag: 'header', val: ['authorization', `Bearer ${template}`] }),
  query: (name, template) => ({ tag: 'query', val: [name, template] }),
  basic: (user, password) => ({ tag: 'basic', val: [user, password] }),
  body: (marker, template) => ({ tag: 'body', val: [marker, template] }),
};

const utf8 = { encoder: new TextEncoder(), decoder: new TextDecoder() };

/** An answer of any status. */
class Response {
  constructor({ status, headers, body }) {
    this.status = status;
    this.headers = Object.fromEntries(headers);
    this.bytes = body;
  }
  get ok() {
    return this.status >= 200 && this.status < 300;
  }
  text() {
    return utf8.decoder.decode(this.bytes);
  }
  json() {
    try {
      return JSON.parse(this.text());
    } catch {
      throw new Failure('permanent', `the answer is not JSON: ${this.text().slice(0, 200)}`);
    }
  }
  /** Itself when it is a success; otherwise a failure of the kind that fits the status. */
  orFail() {
    if (this.ok) return this;
    throw statusFailure(this);
  }
}

/** The failure that fits an answer's status. */
function statusFailure(response) {
  const { status } = response;
  const kinds = { 400: 'invalid-input', 401: 'unauthorized', 403: 'unauthorized', 404: 'not-found', 409: 'conflict' };
  let kind = kinds[status] ?? (status === 429 ? 'rate-limited' : 'permanent');
  if (status === 408 || status >= 500) kind = 'transient';
  const seconds = Number(response.headers['retry-after']);
  return new Failure(kind, `the target answered ${status}: ${response.text().slice(0, 500)}`, {
    code: String(status),
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
  });
}

/** Requests through the host: only to granted hosts, with the secrets that `credentials` name. */
export const http = {
  request(method, url, { query, headers = {}, json, body, credentials = [], timeoutMs } = {}) {
    const all = { ...headers };
    let bytes = typeof body === 'string' ? utf8.encoder.encode(body) : body;
    if (json !== undefined) {
      bytes = utf8.encoder.encode(JSON.stringify(json));
      all['content-type'] ??= 'application/json';
    }
    const request = {
      method,
      url: query ? withQuery(url, query) : url,
      headers: Object.entries(all).map(([name, value]) => [name, String(value)]),
      body: bytes,
      credentials,
      timeoutMs,
    };
    try {
      return new Response(send(request));
    } catch (thrown) {
      // The host's own failure, handed on as it is.
      const failure = thrown?.payload ?? thrown;
      if (typeof failure?.kind !== 'string') throw thrown;
      const { retryAfterMs, code, details } = failure;
      const wait = retryAfterMs === undefined ? undefined : Number(retryAfterMs);
      throw new Failure(failure.kind, failure.message, { retryAfterMs: wait, code, details });
    }
  },
  get: (url, options) => http.request('GET', url, options),
  post: (url, options) => http.request('POST', url, options),
  put: (url, options) => http.request('PUT', url, options),
  patch: (url, options) => http.request('PATCH', url, options),
  delete: (url, options) => http.request('DELETE', url, options),
};

function withQuery(url, query) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
  return text === '' ? url : `${url}${url.includes('?') ? '&' : '?'}${text}`;
}

/** What the interface asks to be thrown. */
function thrown(error) {
  if (error instanceof BpmnError) {
    const { code, message, variables } = error;
    return { tag: 'bpmn-error', val: { code, message, variables: JSON.stringify(variables) } };
  }
  if (error instanceof Failure) {
    const { kind, message, retryAfterMs, code, details } = error;
    return failure(kind, message, retryAfterMs, code, details);
  }
  log.error(error?.stack ?? String(error));
  return failure('permanent', `the plugin made a mistake: ${error?.message ?? error}`);
}

function failure(kind, message, retryAfterMs, code, details) {
  return {
    tag: 'failure',
    val: {
      kind,
      message,
      retryAfterMs: retryAfterMs === undefined ? undefined : BigInt(Math.round(retryAfterMs)),
      code,
      details: details === undefined || typeof details === 'string' ? details : JSON.stringify(details),
    },
  };
}

/** The export `plugin`. Each operation has `title`, `input`, `output`, …, and `run(input, call)`, which is synchronous. */
export function definePlugin({ id, version, title, operations }) {
  const contract = {
    id,
    version,
    title,
    operations: Object.entries(operations).map(([name, operation]) => {
      const { input, output, run: _, ...rest } = operation;
      return { name, inputSchema: input, outputSchema: output, ...rest };
    }),
  };
  return {
    describe: () => JSON.stringify(contract),
    invoke(call) {
      const operation = operations[call.operation];
      if (operation === undefined) throw failure('permanent', `there is no operation \`${call.operation}\``);
      const context = { ...call.context, headers: Object.fromEntries(call.headers) };
      try {
        const output = operation.run(JSON.parse(call.input), context);
        if (typeof output?.then === 'function') {
          throw new Failure('permanent', `\`${call.operation}\` is asynchronous: the host's functions answer at once, leave \`async\` out`);
        }
        return JSON.stringify(output ?? null);
      } catch (error) {
        throw thrown(error);
      }
    },
  };
}

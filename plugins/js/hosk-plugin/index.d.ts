export type FailureKind =
  | 'invalid-input'
  | 'unauthorized'
  | 'not-found'
  | 'conflict'
  | 'rate-limited'
  | 'transient'
  | 'permanent';

export interface FailureDetails {
  retryAfterMs?: number;
  code?: string;
  details?: unknown;
}

export class Failure extends Error {
  constructor(kind: FailureKind, message: string, details?: FailureDetails);
  readonly kind: FailureKind;
}

export class BpmnError extends Error {
  constructor(code: string, message: string, variables?: Record<string, unknown>);
  readonly code: string;
}

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export const log: Record<Level, (message: unknown) => void>;

export const config: {
  settings(): Record<string, unknown>;
  secrets(): string[];
};

export interface Credential {
  readonly tag: 'header' | 'query' | 'basic' | 'body';
  readonly val: [string, string];
}

export const credential: {
  header(name: string, template: string): Credential;
  bearer(template: string): Credential;
  query(name: string, template: string): Credential;
  basic(user: string, password: string): Credential;
  body(marker: string, template: string): Credential;
};

export interface Response {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly bytes: Uint8Array;
  readonly ok: boolean;
  text(): string;
  json(): any;
  orFail(): this;
}

export interface RequestOptions {
  query?: Record<string, string | number | boolean | null | undefined>;
  headers?: Record<string, string | number>;
  json?: unknown;
  body?: string | Uint8Array;
  credentials?: Credential[];
  timeoutMs?: number;
}

export const http: {
  request(method: string, url: string, options?: RequestOptions): Response;
} & Record<'get' | 'post' | 'put' | 'patch' | 'delete', (url: string, options?: RequestOptions) => Response>;

export interface Context {
  tenant: string;
  connection: string;
  processInstance: bigint;
  elementId: string;
  jobKey: bigint;
  attempt: number;
  idempotencyKey: string;
  timeLeftMs: bigint;
  traceParent?: string;
  headers: Record<string, string>;
}

export interface Operation<Input = any, Output = any> {
  title: string;
  description?: string;
  delivery: 'idempotent' | 'keyed' | 'search-before-retry' | 'at-most-once';
  input: object;
  output: object;
  errors?: { code: string; meaning: string }[];
  taskTypes?: string[];
  capabilities?: { network?: boolean; secrets?: string[] };
  defaults?: object;
  run(input: Input, context: Context): Output;
}

export interface Plugin {
  describe(): string;
  invoke(call: unknown): string;
}

export function definePlugin(plugin: {
  id: string;
  version: number;
  title: string;
  operations: Record<string, Operation>;
}): Plugin;

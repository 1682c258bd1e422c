/**
 * For tests: sends an HTTP process what its OpenAPI document describes, and what it does not. Each answer must be one that the
 * document describes, none is a 500, and nobody acts without a role. `FUZZ_RUNS` multiplies the requests, `FUZZ_SEED` draws
 * others.
 */
import { expect } from 'chai';
import * as fc from 'fast-check';
import { ROLES, type Role } from '../../../process/auth-tokens.ts';
import { OPERATORS } from '../../resource.ts';
import type { SignToken } from '../client.ts';
import { type Check, checkBy, type OpenApiDocument, openApiOf } from '../openapi.ts';
import {
  type Draft,
  type FuzzedOperation,
  type FuzzRequest,
  validRequests,
  wrongRequests,
} from './fuzz-requests.ts';
import { HarvestedValues } from './harvested-values.ts';
import type { JsonSchema } from './schema-values.ts';

const SEED = Number(process.env.FUZZ_SEED ?? 22);
const RUNS = 15 * Number(process.env.FUZZ_RUNS ?? 1);
const ANSWER_WITHIN_MS = 10_000;
/** The share of operations that may succeed in no request. */
const NEVER_MAX = 0.1;
const BAD_REQUEST = 'urn:problem:order-saga:bad-request';
const OPEN_CHANGES: readonly string[] = OPERATORS;

/** What a test of a process gives. */
export interface Fuzzed {
  readonly url: string;
  readonly token: SignToken;
  /** Values under which something exists, by the names of fields. */
  readonly known: Readonly<Record<string, readonly unknown[]>>;
  /** Bodies that are accepted, by the ids of operations. */
  readonly samples: Readonly<Record<string, readonly unknown[]>>;
  /** What is stored by acts: the same after requests that no role permits. */
  readonly stored: () => Promise<unknown>;
}

/**
 * The tests of a process.
 * @param open its address once it has started
 * @param mayChange the operations that change something and are open to more than operators, each with all its roles
 */
export function fuzzContract(open: () => Fuzzed, mayChange: Readonly<Record<string, readonly Role[]>>): void {
  let document: OpenApiDocument;
  let check: Check;
  let harvested: HarvestedValues;
  before(async () => {
    document = await openApiOf(open().url);
    check = checkBy(document);
    harvested = new HarvestedValues(open().known);
  });

  const operations = (): FuzzedOperation[] =>
    Object.entries(document.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        template,
        method: method.toUpperCase(),
        operation,
        samples: open().samples[operation.operationId] ?? [],
      })),
    );
  const components = () => document.components.schemas as Readonly<Record<string, JsonSchema>>;
  /** The field that names what a path leads to: the first of its answer. */
  const idOf = (template: string): string => {
    const answer = document.paths[template]?.['get']?.responses['200']?.content?.['application/json']?.schema;
    const { $ref = '' } = (answer ?? {}) as JsonSchema;
    const schema = components()[$ref.split('/').at(-1) ?? ''] ?? (answer as JsonSchema | undefined);
    const [first] = schema?.oneOf ?? schema?.anyOf ?? [];
    return Object.keys(schema?.properties ?? first?.properties ?? {})[0] ?? 'id';
  };
  const send = async (request: FuzzRequest, template: string): Promise<number> => {
    const answered = await answerOf(open(), request);
    const { status, text, type } = answered;
    const what = () => `${shown(request)}\n→ ${status} ${text.slice(0, 2_000)}`;
    if (status === 500) throw new Error(`an internal error: ${what()}`);
    if (/\bat .*\.[cm]?[jt]s:\d/.test(text) && type === 'application/problem+json')
      throw new Error(`a stack trace: ${what()}`);
    const { method, path, body } = request;
    try {
      // Bytes that are no UTF-8 are never accepted.
      if (Buffer.isBuffer(body)) expect(status).to.be.within(400, 499);
      // An empty body is none.
      const sent = typeof body === 'string' && body !== '' ? body.replace(/^\ufeff/, '') : undefined;
      // A path that does not decode is no path, so that it has no methods either.
      const isUnreadable = status === 400 && text.includes(BAD_REQUEST);
      const isOther = document.paths[template]?.[method.toLowerCase()] === undefined;
      if (!(isUnreadable && isOther)) check({ method, path, body: sent }, answered);
    } catch (error) {
      throw new Error(`${what()}\n${(error as Error).message}`);
    }
    harvested.take(answered);
    return status;
  };
  const nameOf = ({ method, template }: FuzzedOperation) => `${method} ${template}`;

  it('opens what changes something to operators, and to others only where that is meant', () => {
    const open = operations().flatMap(({ method, operation }) => {
      const roles = operation['x-roles'] ?? [];
      const isOpen = method !== 'GET' && roles.some((role) => !OPEN_CHANGES.includes(role));
      return isOpen ? [[operation.operationId, [...roles]]] : [];
    });
    expect(Object.fromEntries(open)).to.deep.equal(mayChange);
    for (const one of operations())
      if (one.method !== 'GET')
        expect(one.operation['x-roles'], nameOf(one)).to.be.an('array').that.is.not.empty;
  });

  it('lets nobody in without a role', async () => {
    const before = await open().stored();
    for (const one of operations()) {
      const roles = one.operation['x-roles'];
      if (roles === undefined) continue;
      for (const as of [null, 'broken' as const, ...ROLES.filter((role) => !roles.includes(role))]) {
        const drafts = fc.sample(validRequests(one, components(), idOf, as), { numRuns: 2, seed: SEED });
        for (const draft of drafts) {
          const request = draft(harvested.values);
          expect(await send(request, one.template), shown(request)).to.equal(
            as === null || as === 'broken' ? 401 : 403,
          );
        }
      }
    }
    expect(await open().stored()).to.deep.equal(before);
  });

  it('answers each request as its document says, and never with an internal error', async function () {
    this.timeout(RUNS * 8_000);
    const fuzzed = operations();
    const drafts = fc.tuple(...fuzzed.map((one) => draftsOf(one)));
    /** The first fault of each operation. */
    const faults = new Map<string, Error>();
    const succeeded = new Set<string>();
    // Round after round, so that what one operation makes the others find.
    for (const round of fc.sample(drafts, { seed: SEED, numRuns: RUNS })) {
      for (const [at, one] of fuzzed.entries()) {
        const name = nameOf(one);
        try {
          const request = (round[at] as Draft)(harvested.values);
          const status = await sendChecked(one, request);
          if (status < 300 && request.method === one.method) succeeded.add(name);
        } catch (error) {
          if (!faults.has(name)) faults.set(name, error as Error);
        }
      }
    }
    expect([...faults.values()].map(({ message }) => message).join('\n\n')).to.equal('');
    // Requests get through: otherwise refusals alone would have been tried.
    const never = fuzzed.map(nameOf).filter((name) => !succeeded.has(name));
    expect(never.length, `never succeeded: ${never.join(', ')}`).to.be.at.most(fuzzed.length * NEVER_MAX);
  });

  async function sendChecked(one: FuzzedOperation, request: FuzzRequest): Promise<number> {
    const status = await send(request, one.template);
    const isPermitted = one.operation['x-roles']?.some((role) => role === request.as) === true;
    if (isPermitted && request.method === one.method)
      expect(status, `${shown(request)}: its role is permitted`).not.to.equal(401);
    expect(status, `${shown(request)}: everything works`).not.to.be.oneOf([503, 504]);
    return status;
  }

  function draftsOf(one: FuzzedOperation): fc.Arbitrary<Draft> {
    const wrong = wrongRequests(one, components(), idOf);
    const roles = one.operation['x-roles'] ?? [null];
    const valid = fc.constantFrom(...roles).chain((as) => validRequests(one, components(), idOf, as));
    return fc.oneof(valid, wrong);
  }
}

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly type: string;
  readonly text: string;
}

async function answerOf(
  { url, token }: Fuzzed,
  { as, method, path, headers, body }: FuzzRequest,
): Promise<Answered> {
  const bearer = as === 'broken' ? 'x.y.z' : as && (await token(as));
  const given = new AbortController();
  const response = await fetch(url + path, {
    method,
    headers: { ...headers, ...(bearer !== null && { authorization: `Bearer ${bearer}` }) },
    ...(body !== undefined && { body }),
    signal: AbortSignal.any([given.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const isStream = type === 'text/event-stream';
  const text = isStream ? '' : await response.text();
  if (isStream) given.abort();
  return { status: response.status, headers: response.headers, type, text };
}

/** A request as a failure shows it. */
function shown({ as, method, path, headers, body }: FuzzRequest): string {
  const sent = Buffer.isBuffer(body) ? `bytes ${body.toString('hex')}` : JSON.stringify(body);
  return `${method} ${path} as ${as ?? 'nobody'} with ${JSON.stringify(headers)}${body === undefined ? '' : `: ${sent?.slice(0, 2_000)}`}`;
}

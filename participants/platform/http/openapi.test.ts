/** The document describes every input, answer and problem; the tests' check finds each undescribed one. */
import { expect } from 'chai';
import * as z from 'zod';
import { openApiDocument, problemsOf } from './openapi.ts';
import type { Described } from './operation.ts';
import { idInPath, instant, pageLimit } from './schemas.ts';
import { checkBy, type DocumentedOperation, type OpenApiDocument } from './testing/openapi.ts';

const thing = z.object({ id: z.string(), at: instant }).meta({ id: 'TestedThing' });
const MAKE: Described = {
  method: 'POST',
  path: '/v1/things/:id',
  id: 'makeThing',
  summary: 'Makes a thing.',
  roles: ['operator'],
  reads: {
    params: idInPath,
    headers: z.object({ 'If-Match': z.string().transform(Number).optional() }),
    body: z.strictObject({ size: z.int().default(1) }).default({ size: 1 }),
  },
  answers: { 201: { body: thing, headers: ['location'] } },
  problems: ['conflict'],
};
const LIST: Described = {
  method: 'GET',
  path: '/v1/things',
  id: 'listThings',
  summary: 'Things.',
  roles: ['customer', 'service', 'viewer', 'operator', 'admin'],
  reads: { query: z.strictObject({ limit: pageLimit }) },
  answers: { 200: { body: z.object({ items: z.array(thing) }) } },
};

describe('an OpenAPI document', () => {
  const document = openApiDocument('Things', [MAKE, LIST]) as OpenApiDocument;
  const operation = (path: string, method: string) => document.paths[path]?.[method] as DocumentedOperation;

  it('describes each input with its schema', () => {
    const make = operation('/v1/things/{id}', 'post');
    expect(make.parameters).to.deep.equal([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
      { name: 'If-Match', in: 'header', required: false, schema: { type: 'string' } },
    ]);
    expect(make.requestBody?.required).to.equal(false);
    expect(operation('/v1/things', 'get').parameters).to.deep.equal([
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
      },
    ]);
  });

  it('holds a named schema once, an instant as its text, and leaves answers open', () => {
    expect(document.components.schemas['TestedThing']).to.deep.equal({
      type: 'object',
      properties: { id: { type: 'string' }, at: { type: 'string', format: 'date-time' } },
      required: ['id', 'at'],
    });
    const { content } = operation('/v1/things/{id}', 'post').responses['201'] ?? {};
    expect(content).to.deep.equal({
      'application/json': { schema: { $ref: '#/components/schemas/TestedThing' } },
    });
  });

  it('lists the problems that follow from the inputs and the roles', () => {
    expect(problemsOf(LIST)).to.deep.equal(['validation', 'unauthenticated', 'unavailable', 'internal']);
    expect(problemsOf(MAKE)).to.include.members([
      'bad-request',
      'too-large',
      'not-found',
      'forbidden',
      'conflict',
      'outcome-unknown',
    ]);
    expect(Object.keys(operation('/v1/things/{id}', 'post').responses)).to.include('409');
  });

  describe('checks an answer and', () => {
    const check = checkBy(document);
    const ID = '0199d3c4-0000-7000-8000-000000000000';
    const made = { id: ID, at: '2026-01-01T00:00:00.000Z' };
    const problem = {
      type: 'urn:problem:order-saga:conflict',
      title: 'x',
      status: 409,
      detail: 'y',
      traceId: 'a'.repeat(32),
    };
    const response =
      (answer: object, status = 201, more: object = {}) =>
      () => {
        const {
          method = 'POST',
          path = `/v1/things/${ID}`,
          body,
          ...headers
        } = more as Record<string, string>;
        const type = status < 400 ? 'application/json' : 'application/problem+json';
        check(
          { method, path, body },
          {
            status,
            headers: new Headers({ 'content-type': type, ...headers }),
            text: JSON.stringify(answer),
          },
        );
      };
    const location = '/v1/things/x';

    it('accepts a described one', () => {
      response(made, 201, { location, body: '{"size":2}' })();
      response({ items: [made] }, 200, { method: 'GET', path: '/v1/things?limit=1' })();
      response(problem, 409)();
      response({ ...problem, status: 404 }, 404, { path: '/v2/things' })();
      response({ ...problem, status: 405 }, 405, { method: 'PUT' })();
    });

    const wrong: Record<string, [() => void, RegExp]> = {
      'a field that is not described': [
        response({ ...made, colour: 'red' }, 201, { location }),
        /additional properties/,
      ],
      'a field that is missing': [response({ id: ID }, 201, { location }), /required property 'at'/],
      'a header that is missing': [response(made), /location is missing/],
      'a header that is not described': [
        response(made, 201, { location, etag: '"1"' }),
        /etag is not described/,
      ],
      'a status that is not described': [response(made, 202, { location }), /status is not described/],
      'a problem that is not described': [
        response({ ...problem, type: 'urn:problem:order-saga:stale' }, 409),
        /allowed values/,
      ],
      'a path that is not described': [response(made, 201, { path: '/v1/others' }), /must be 404/],
      'a method that is not described': [response(made, 201, { method: 'DELETE' }), /must be 405/],
      'a parameter that was accepted and is not described': [
        response({ items: [] }, 200, { method: 'GET', path: '/v1/things?colour=red' }),
        /colour was accepted/,
      ],
      'a body that was accepted and does not fit': [
        response(made, 201, { location, body: '{"size":"x"}' }),
        /must be integer/,
      ],
    };
    for (const [what, [throws, why]] of Object.entries(wrong)) {
      it(`finds ${what}`, () => expect(throws).to.throw(why));
    }
  });
});

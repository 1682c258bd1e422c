/** The reference shows all that the API's documents say, and a search finds it. */
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { asyncApi } from '#orchestrator/http/asyncapi.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { servedDocument } from '#scripts/operate/console/types.ts';
import {
  type AsyncApi,
  found,
  messagesOf,
  type NamedSchema,
  type OpenApi,
  type Operation,
  operationsOf,
  schemasOf,
} from './src/screens/reference/documents.ts';
import { type Shape, shapeOf } from './src/screens/reference/shapes.ts';

const typeOf = ({ type }: Shape) => type.map((part) => ('ref' in part ? part.ref : part.text)).join('');
const none = () => undefined;

describe('the reference of the console', () => {
  let operations: Operation[];
  let schemas: NamedSchema[];
  let document: OpenApi;
  const events = asyncApi(sagas().map(register)) as AsyncApi;
  const messages = messagesOf(events);
  before(async function () {
    this.timeout(30_000);
    document = (await servedDocument()) as unknown as OpenApi;
    operations = operationsOf(document);
    schemas = schemasOf(document);
  });
  const operation = (name: string) => operations.find((one) => one.name === name) as Operation;

  it('has each operation, message and schema of the documents', () => {
    const paths = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
    expect(operations).to.have.length(paths.length);
    expect(messages).to.have.length(Object.keys(events.operations).length);
    expect(schemas).to.have.length(Object.keys(document.components.schemas).length);
  });

  it('names no schema that there is none of', () => {
    const known = new Set(schemas.map(({ name }) => name));
    const named = (shape: Shape): string[] => [
      ...shape.type.flatMap((part) => ('ref' in part ? [part.ref] : [])),
      ...shape.fields.flatMap((field) => named(field.shape)),
      ...shape.variants.flatMap((variant) => named(variant.shape)),
    ];
    const shapes = [
      ...operations.flatMap(({ answers }) => answers.map(({ shape }) => shape)),
      ...operations.flatMap(({ body }) => (body === null ? [] : [body.shape])),
      ...[...messages, ...schemas].map(({ shape }) => shape),
    ];
    expect(shapes.flatMap(named).filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('shows who may call an operation, what it takes, what it answers, and its problems', () => {
    const { method, path, roles, about, parameters, body, answers, problems } = operation('revokeApiKey');
    expect([method, path, roles]).to.deep.equal(['POST', '/v1/api-keys/{id}/revocation', ['admin']]);
    expect(about, 'the roles stand apart').to.equal('It may be repeated: a revoked key stays revoked.');
    expect(parameters.map(({ name, place, required }) => [name, place, required])).to.deep.equal([
      ['id', 'path', true],
      ['Idempotency-Key', 'header', false],
    ]);
    expect(body?.schema).to.equal('ApiKeyRevocation');
    expect(body?.shape.fields.map(({ name, required }) => [name, required])).to.deep.equal([
      ['reason', true],
      ['dryRun', false],
      ['planHash', false],
    ]);
    expect(answers.map(({ status, shape }) => [status, typeOf(shape)])).to.deep.equal([
      ['200', 'ApiKey | ApiKeyRevocationPlan'],
    ]);
    expect(problems.map(({ kind }) => kind)).to.include.members(['not-found', 'plan-changed', 'forbidden']);
    for (const one of problems) expect(one.title, one.kind).to.match(/^[A-Z][^`()]+$/);
  });

  it('tells variants by what each of them alone can be', () => {
    const labels = operation('actOnSaga').body?.shape.variants.map(({ label }) => label);
    expect(labels).to.include.members(['action: "skip"', 'action: "edit"', 'action: "migrate"']);
  });

  it('shows a message as one list of fields, of its envelope and its data', () => {
    const charge = messages.find(({ name }) => name === 'payment.charge');
    expect([charge?.action, charge?.topic.name]).to.deep.equal(['send', 'payment-requested']);
    const fields = new Map(charge?.shape.fields.map((field) => [field.name, field]));
    expect(typeOf(fields.get('type')?.shape as Shape)).to.equal('"payment.charge"');
    expect(fields.get('data')?.shape.fields.map(({ name }) => name)).to.include.members([
      'amount',
      'currency',
    ]);
    expect(fields.get('deadline')?.required).to.equal(false);
  });

  it('writes types as a reader would', () => {
    const cases: Array<[object, string]> = [
      [{ type: 'array', items: { enum: ['a', 'b'] } }, '("a" | "b")[]'],
      [{ anyOf: [{ $ref: '#/components/schemas/Saga' }, { type: 'null' }] }, 'Saga | null'],
      [{ type: 'array', items: { $ref: '#/components/schemas/Saga' } }, 'Saga[]'],
      [{ type: 'object', additionalProperties: { type: 'integer' } }, 'map of integer'],
      [{ type: ['string', 'null'] }, 'string | null'],
      [{ type: 'object', additionalProperties: {} }, 'object'],
      [{}, 'any'],
    ];
    for (const [schema, type] of cases)
      expect(typeOf(shapeOf(schema as Record<string, unknown>, none)), JSON.stringify(schema)).to.equal(type);
  });

  it('finds by path, name, text and the names of fields; what has it in its name comes first', () => {
    const names = (text: string) => found([...operations, ...messages], text).map(({ name }) => name);
    expect(names('api-keys post')).to.have.members(['createApiKey', 'revokeApiKey']);
    expect(names('charge')[0]).to.equal('payment.charge');
    expect(names('gatewayCustomer')).to.deep.equal(['payment.charge']);
    expect(names('expiresInDays')).to.deep.equal(['createApiKey']);
    expect(names('xylophone')).to.deep.equal([]);
  });
});

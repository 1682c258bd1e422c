/** For tests of AsyncAPI documents: checks one by AsyncAPI's own schema, and messages by its schemas. */
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

export interface AsyncApiDocument {
  readonly channels: Record<string, { messages: Record<string, unknown> }>;
  readonly components: { schemas: Record<string, object> };
}

/** The errors of a document by AsyncAPI 3.0's schema; null: none. */
export function wrongByAsyncApi(document: object): string | null {
  const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
  const validate = newAjv().compile(schema);
  return validate(document) ? null : JSON.stringify(validate.errors?.slice(0, 5), null, 1);
}

/** A validator of one message type, by a document's schemas. */
export function validatorOf({ components }: AsyncApiDocument, type: string): ValidateFunction {
  const ajv = newAjv();
  ajv.addSchema({ $id: 'doc', components: { schemas: components.schemas } });
  const validate = ajv.getSchema(`doc#/components/schemas/${type}`);
  if (validate === undefined) throw new Error(`the document has no schema of ${type}`);
  return validate;
}

function newAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  return ajv;
}

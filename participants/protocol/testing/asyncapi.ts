/** For tests of AsyncAPI documents: lints one, and checks messages by its schemas. */
import { Parser } from '@asyncapi/parser';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

export interface AsyncApiDocument {
  readonly channels: Record<string, { messages: Record<string, unknown> }>;
  readonly components: { schemas: Record<string, object> };
}

/** What AsyncAPI's own parser and linter find, by rule and place; warnings too. */
export async function faultsOfAsyncApi(document: object): Promise<string[]> {
  const found = await new Parser().validate(JSON.stringify(document));
  return found.map(({ code, path, message }) => `${code} at ${path.join('/')}: ${message}`);
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

/**
 * Erases a person from a JSON document: known fields, wherever they are, get one and the same text in their place. Pure. An
 * order's input, messages and context are erased alike, so a replay of the erased history makes the erased messages.
 */
import * as z from 'zod';
import { sagas } from '../../sagas/index.ts';

/** The person, and what stands in their place. */
export interface Person {
  readonly customerId: string;
  readonly subject: string;
}

/** In the place of whatever is not an id. */
export const ERASED = 'erased';

/** Fields that hold the customer's id. */
const SUBJECTS = new Set(['customerId', 'userId', 'actor', 'owner']);
/** Objects that are an address; the country says nothing of a person, and decides whether shipping serves it. */
const ADDRESSES = new Set(['address', 'shippingAddress']);
const KEPT_OF_AN_ADDRESS = new Set(['country']);
/** The gateway's names of a payment method and of its owner. */
const OF_A_PAYMENT = new Set(['method', 'gatewayCustomer']);
const PAYMENT = 'payment';
/** What an erasure keeps of a saga's input: what was ordered. */
const KEPT_OF_AN_INPUT = new Set(['items', 'currency', 'couponId']);
/** The other fields of any saga's input, which are erased in it and in messages' data: a new field is, until it is listed above. */
const OF_AN_INPUT = new Set(sagas().flatMap(({ input }) => fieldsOf(input)));
/** Where they stand. */
const BEARERS = new Set(['input', 'data']);
/** What people wrote. */
const OF_AN_ACTION = new Set(['reason', 'evidence']);
const ACTION_ID = 'actionId';
const PARAMS = 'params';
/** What participants and servers wrote, which may quote what they were given. */
const TEXTS = new Set(['text', 'detail', 'to', 'subject', 'error']);
/** Shorter ids would be found in any text. */
export const SHORTEST_QUOTED = 4;

type Json = unknown;
type Fields = Readonly<Record<string, Json>>;

/** The document without the person. */
export function eraseDocument(document: Json, person: Person): Json {
  if (Array.isArray(document)) return document.map((one) => eraseDocument(one, person));
  return isFields(document) ? eraseFields(document, person) : document;
}

/** A text without the person's id. */
export function eraseText(text: string, { customerId, subject }: Person): string {
  if (text === customerId) return subject;
  return customerId.length < SHORTEST_QUOTED ? text : text.replaceAll(customerId, subject);
}

/** The names at the top of an input that are not kept and name no customer. */
function fieldsOf(input: z.ZodType): string[] {
  const { $ref: ref, $defs: defs, ...own } = z.toJSONSchema(input, { io: 'input' });
  const { properties } = ref === undefined ? own : (defs?.[ref.split('/').at(-1) ?? ''] ?? {});
  if (properties === undefined)
    throw new Error('the input of a saga must be an object, so that an erasure knows its fields');
  return Object.keys(properties).filter((name) => !KEPT_OF_AN_INPUT.has(name) && !SUBJECTS.has(name));
}

/** @param isBearer its fields may be those of a saga's input */
function eraseFields(fields: Fields, person: Person, isBearer = false): Fields {
  const isAction = ACTION_ID in fields;
  const isOwn = (name: string) => isBearer && OF_AN_INPUT.has(name);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (isFields(value)) {
        if (ADDRESSES.has(name)) return [name, eraseAddress(value)];
        if (name === PAYMENT || isOwn(name)) return [name, eraseStrings(value)];
        if (name === PARAMS && isAction) return [name, eraseParams(value, person)];
        return [name, eraseFields(value, person, BEARERS.has(name))];
      }
      if (typeof value !== 'string') return [name, eraseDocument(value, person)];
      if (SUBJECTS.has(name)) return [name, value === person.customerId ? person.subject : value];
      if (OF_A_PAYMENT.has(name) || isOwn(name) || (isAction && OF_AN_ACTION.has(name)))
        return [name, ERASED];
      return [name, TEXTS.has(name) ? eraseText(value, person) : value];
    }),
  );
}

/** The parameters of a person's action: an edit's fields of the input, a skip's evidence. */
function eraseParams(params: Fields, person: Person): Fields {
  return Object.fromEntries(
    Object.entries(eraseFields(params, person)).map(([name, value]) => [
      name,
      OF_AN_ACTION.has(name) && typeof value === 'string' ? ERASED : value,
    ]),
  );
}

function eraseAddress(address: Fields): Fields {
  return eraseStrings(address, KEPT_OF_AN_ADDRESS);
}

function eraseStrings(fields: Fields, kept: ReadonlySet<string> = new Set()): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && !kept.has(name) ? ERASED : value,
    ]),
  );
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

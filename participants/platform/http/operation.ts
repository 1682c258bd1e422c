/**
 * Types of an operation, one method of a path: its roles, inputs and answers. The schemas that make `openapi.json` also
 * check each request and type each answer.
 */
import type * as z from 'zod';
import type { Principal, Role } from '../process/auth-tokens.ts';
import type { Admit } from './admission.ts';
import type { ProblemKind } from './problem.ts';
import type { View } from './schemas.ts';

/** The parts of a request that an operation reads, each with its schema. It ignores the others. */
export interface Reads {
  /** The path's parameters: `id` in `/v1/orders/:id`. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** A JSON body; optional where the schema accepts undefined. */
  readonly body?: z.ZodType;
}

/** A header that every answer of a status has. */
export type AnswerHeader = 'etag' | 'location';

/** The answer of one status. */
export interface AnswerShape {
  /** null: no body. */
  readonly body: z.ZodType | null;
  /** The content type; JSON by default. */
  readonly type?: string;
  /** A content type in which the same answer comes as text, to callers that prefer it: see `TextBody`. */
  readonly textType?: string;
  readonly headers?: readonly AnswerHeader[];
}

/** A body that is a text of its shape's `textType`. */
export class TextBody {
  readonly type: string;
  readonly text: string;
  constructor(type: string, text: string) {
    this.type = type;
    this.text = text;
  }
}

/** The answers by status. */
export type AnswerShapes = Readonly<Record<number, AnswerShape>>;

/** An operation as `openapi.json` describes it. */
export interface Description<R extends Reads = Reads, A extends AnswerShapes = AnswerShapes> {
  /** Unique in the document: client generators name a function by it. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /** The roles that may call it; null: no token is needed. */
  readonly roles: readonly Role[] | null;
  readonly reads?: R;
  readonly answers: A;
  /** The problems that do not follow from the rest; see `problemsOf`. */
  readonly problems?: readonly ProblemKind[];
}

/** An operation with its handler. */
export interface Operation<R extends Reads = Reads, A extends AnswerShapes = AnswerShapes>
  extends Description<R, A> {
  readonly roles: readonly Role[];
  /** The longest body in bytes; 64 KB by default. */
  readonly bodyMaxBytes?: number;
  /**
   * Enforces a rate limit, before the request is read.
   * @throws Problem `too-many-requests`
   */
  readonly admit?: Admit;
  handle(request: ParsedRequest<R>): Promise<AnswerOf<A>> | AnswerOf<A>;
}

/** A description with its method and path. */
export interface Described extends Description {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** In Express's syntax: `/v1/orders/:id`. */
  readonly path: string;
}

/** A request whose parts have been checked. */
export interface ParsedRequest<R extends Reads = Reads> {
  readonly principal: Principal;
  /** Which of some content types the caller prefers; false: none of them. */
  readonly accepts: (types: readonly string[]) => string | false;
  /** What follows from the request bears it; undefined where nobody records its trace. */
  readonly traceparent: string | undefined;
  readonly params: Read<R, 'params'>;
  readonly query: Read<R, 'query'>;
  /** By their names in the schema. */
  readonly headers: Read<R, 'headers'>;
  readonly body: Read<R, 'body'>;
}

type Read<R, Part> = Part extends keyof R
  ? R[Part] extends z.ZodType
    ? z.output<R[Part]>
    : undefined
  : undefined;

/** One of the described answers. */
export type AnswerOf<A extends AnswerShapes> = {
  [Status in keyof A]: { readonly status: Status; readonly body: BodyOf<A[Status]> } & HeadersOf<A[Status]>;
}[keyof A];

type BodyOf<Shape> = Shape extends { readonly body: infer Schema extends z.ZodType }
  ? View<Schema> | (Shape extends { readonly textType: string } ? TextBody : never)
  : null;

type HeadersOf<Shape> = Shape extends { readonly headers: ReadonlyArray<infer Name extends string> }
  ? { readonly headers: Readonly<Record<Name, string>> }
  : { readonly headers?: undefined };

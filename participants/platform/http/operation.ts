/**
 * What one method of a path is: who may, what it reads, what it answers. A request is checked by the very schemas that
 * `openapi.json` is made of, and an answer's type is that of its schema.
 */
import type { Request } from 'express';
import type * as z from 'zod';
import type { Principal, Role } from '../process/auth-tokens.ts';
import type { ProblemKind } from './problem.ts';
import type { View } from './schemas.ts';

/** What of a request is read, each part by a schema. What has none is not looked at. */
export interface Reads {
  /** Of the path: `id` in `/v1/orders/:id`. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** Of a JSON body; it may be left out where the schema takes undefined. */
  readonly body?: z.ZodType;
}

/** A header that answers under one status always have. */
export type AnswerHeader = 'etag' | 'location';

/** What is answered under one status. */
export interface AnswerShape {
  /** Null: there is none. */
  readonly body: z.ZodType | null;
  /** JSON, unless said otherwise. */
  readonly type?: string;
  readonly headers?: readonly AnswerHeader[];
}

/** By status. */
export type AnswerShapes = Readonly<Record<number, AnswerShape>>;

/** An operation as `openapi.json` tells it. */
export interface Description<R extends Reads = Reads, A extends AnswerShapes = AnswerShapes> {
  /** Its name among all of the document, for programs that are made from it. */
  readonly id: string;
  readonly summary: string;
  /** What a summary has no room for. */
  readonly description?: string;
  /** Who may; null: whoever reaches the port. */
  readonly roles: readonly Role[] | null;
  readonly reads?: R;
  readonly answers: A;
  /** Those that do not follow from the rest; see `problemsOf`. */
  readonly problems?: readonly ProblemKind[];
}

/** An operation, and what it does. */
export interface Operation<R extends Reads = Reads, A extends AnswerShapes = AnswerShapes>
  extends Description<R, A> {
  readonly roles: readonly Role[];
  /**
   * Turns away who asks too often, before anything of the request is read.
   * @throws Problem `too-many-requests`
   */
  admit?(request: Request, principal: Principal): void;
  handle(asked: Asked<R>): Promise<AnswerOf<A>> | AnswerOf<A>;
}

/** A description with where it is found. */
export interface Described extends Description {
  readonly method: 'GET' | 'POST';
  /** As Express writes it: `/v1/orders/:id`. */
  readonly path: string;
}

/** A request, read. */
export interface Asked<R extends Reads = Reads> {
  readonly principal: Principal;
  readonly params: Read<R, 'params'>;
  readonly query: Read<R, 'query'>;
  /** By the names the schema has for them. */
  readonly headers: Read<R, 'headers'>;
  readonly body: Read<R, 'body'>;
}

type Read<R, Part> = Part extends keyof R
  ? R[Part] extends z.ZodType
    ? z.output<R[Part]>
    : undefined
  : undefined;

/** One of the answers that are described. */
export type AnswerOf<A extends AnswerShapes> = {
  [Status in keyof A]: { readonly status: Status; readonly body: BodyOf<A[Status]> } & HeadersOf<A[Status]>;
}[keyof A];

type BodyOf<Shape> = Shape extends { readonly body: infer Schema extends z.ZodType } ? View<Schema> : null;

type HeadersOf<Shape> = Shape extends { readonly headers: ReadonlyArray<infer Name extends string> }
  ? { readonly headers: Readonly<Record<Name, string>> }
  : { readonly headers?: undefined };

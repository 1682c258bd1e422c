/** The details of a history in a terminal: the data of messages, and the changes of a context. */

/** A message as far as its reader may see it. */
export interface Payload {
  readonly data?: unknown;
  readonly hidden?: readonly string[];
}

/** An operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'test';
  readonly path: string;
  readonly value?: unknown;
}

/** The fields of a message's data, one a line, and the names of hidden ones. @param short shortens ids in them */
export function payloadLines({ data, hidden }: Payload, short: (id: unknown) => string): string[] {
  const fields = typeof data === 'object' && data !== null ? Object.entries(data) : [];
  return [
    ...fields.map(([name, value]) => `  ${name}: ${short(textOf(value))}`),
    ...(hidden === undefined ? [] : [`  hidden from your role: ${hidden.join(', ')}`]),
  ];
}

/** A change as a unified diff has it: what went with a minus, what came with a plus. */
export function diffLines(patch: readonly PatchOperation[]): string[] {
  return patch.flatMap(({ op, path, value }) => {
    if (op === 'test') return [`- ${path.slice(1)}: ${textOf(value)}`];
    return op === 'remove' ? [] : [`+ ${path.slice(1)}: ${textOf(value)}`];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

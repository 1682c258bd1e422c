/** A request's query and headers, free of what would be read as something else. */
import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

/**
 * A header's value; undefined when it was not sent.
 * @param name in lower case
 * @throws Problem `validation` when it was sent twice: Node joins the values, and a key of two values is another key
 */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  const text = Array.isArray(value) ? value.join(', ') : value;
  if (text?.includes(', ') && (request.headersDistinct[name]?.length ?? 0) > 1) {
    throw new Problem('validation', `the header ${name} was sent more than once`);
  }
  return text;
}

/**
 * Checks a request's query before it is parsed: the parser would replace each bad byte by U+FFFD.
 * @throws Problem `validation` when it is not percent-encoded UTF-8
 */
export function checkQuery(url: string): void {
  const at = url.indexOf('?');
  if (at === -1) return;
  const query = url.slice(at);
  try {
    decodeURIComponent(query);
  } catch (cause) {
    throw new Problem('validation', 'the query is not percent-encoded UTF-8', { cause });
  }
  if (/[^\x21-\x7e]/.test(query)) {
    throw new Problem('validation', 'the query holds characters that are not percent-encoded');
  }
}

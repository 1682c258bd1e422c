/** Lines that a person may paste into a POSIX shell. Pure. */

/** A word of the line, whatever it holds. */
export const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A POST as curl sends it. The token stays out of it: `$TOKEN` is the reader's. */
export function curlPost(url: string, headers: Readonly<Record<string, string>>, body: object): string {
  return [
    `curl -sS ${quoted(url)}`,
    '-H "authorization: Bearer $TOKEN"',
    ...Object.entries({ 'content-type': 'application/json', ...headers }).map(
      ([name, value]) => `-H ${quoted(`${name}: ${value}`)}`,
    ),
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(' ');
}

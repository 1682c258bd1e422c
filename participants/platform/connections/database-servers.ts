/** The servers that the address of a database names: `postgresql://user@first:5432,second:5432/database`, as libpq has it. */
/** What precedes the servers, the servers, and what follows them. */
const PARTS = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^/?#]*)(.*)$/s;

/** One address for each server that an address names, in its order; an address of another form stays as it is. */
export function addressesIn(url: string): [string, ...string[]] {
  const [, before = '', servers = '', after = ''] = PARTS.exec(url) ?? [];
  const [first = '', ...others] = servers.split(',');
  if (others.length === 0) return [url];
  return [`${before}${first}${after}`, ...others.map((server) => `${before}${server}${after}`)];
}

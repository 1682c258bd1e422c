/** The address of a request's client, which rate limits count: the peer's, or the one that a trusted proxy passes on. */
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv6, type Socket } from 'node:net';
import proxyAddress from 'proxy-addr';
import * as z from 'zod';
import type { Logger } from '../process/log.ts';
import { forwardedIgnored } from './metrics.ts';

/** The parts of a request that tell its address. */
export type Addressed = Pick<IncomingMessage, 'headers'> & {
  readonly method?: string | undefined;
  readonly socket: Pick<Socket, 'remoteAddress'>;
};

/** Gives the address of a request's client. */
export type ClientAddress = (request: Addressed) => string;

const listed = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

export const proxyConfig = z.object({
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .describe(
      'The proxies whose X-Forwarded-For is believed: addresses, networks (`10.0.0.0/8`), or `loopback`, `linklocal`, `uniquelocal`, separated by commas.',
    )
    .transform(listed)
    .refine(isCompilable, {
      error: ({ input }) =>
        `${(input as string[]).join(', ')}: write addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal`,
    }),
});

function isCompilable(proxies: string[]): boolean {
  try {
    proxyAddress.compile(proxies);
    return true;
  } catch {
    return false;
  }
}

/**
 * The address of each request's client.
 * @param trusted addresses and networks of proxies: of X-Forwarded-For, the last address that is none of theirs counts
 * @param hops instead of their addresses: how many of our proxies stand in front
 */
export function clientAddresses(
  { trusted, hops = 0 }: { trusted: readonly string[]; hops?: number },
  log: Pick<Logger, 'throttled'>,
): ClientAddress {
  if (hops > 0) return (request) => addressOf(request, hops);
  const isTrusted = proxyAddress.compile([...trusted]);
  return (request) => {
    const peer = request.socket.remoteAddress ?? '';
    const { 'x-forwarded-for': forwardedFor, forwarded } = request.headers;
    if (forwardedFor === undefined && forwarded === undefined) return peer;
    if (forwardedFor === undefined || !isTrusted(peer, 0)) {
      // Without this, all customers behind a proxy would share one limit in silence.
      forwardedIgnored.inc();
      log.throttled('forwarded', 'forwarded-header-ignored', {
        what: forwardedFor === undefined ? 'Forwarded' : 'X-Forwarded-For',
      });
      return peer;
    }
    const address = withoutPort(proxyAddress(request as IncomingMessage, isTrusted));
    return isIP(address) === 0 ? peer : address;
  };
}

/** Some proxies pass on the client's port too. */
function withoutPort(address: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
}

/**
 * The address of a request's client.
 * @param hops how many of our proxies stand in front: each appends its peer's address to X-Forwarded-For, and a client
 *   may have forged everything further left
 */
export function addressOf(request: Addressed, hops: number): string {
  const peer = request.socket.remoteAddress ?? '';
  if (hops === 0) return peer;
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
  return forwarded.at(-hops)?.trim() || peer;
}

/** An address's network: the owner of one IPv6 address usually has its whole /64. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail?.split(':') ?? [])]
    .slice(0, 4)
    .join(':');
}

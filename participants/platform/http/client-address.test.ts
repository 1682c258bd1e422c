/** Whose address counts behind which proxies, and that an ignored header is noticed. */
import { expect } from 'chai';
import type { Logger } from '../process/log.ts';
import { registry } from '../process/metrics.ts';
import { clientAddresses, proxyConfig } from './client-address.ts';

const from = (remoteAddress: string, headers: Readonly<Record<string, string>> = {}) => ({
  headers,
  socket: { remoteAddress },
});
const forwarded = (value: string) => ({ 'x-forwarded-for': value });

describe('the address of a client', () => {
  const lines: string[] = [];
  const log: Pick<Logger, 'throttled'> = { throttled: (_key, event) => void lines.push(event) };
  const behind = (...trusted: string[]) => clientAddresses({ trusted }, log);
  const ignored = async () =>
    (await registry.getMetricsAsJSON()).find(({ name }) => name.startsWith('http_forwarded_headers_ignored'))
      ?.values[0]?.value ?? 0;
  beforeEach(() => void lines.splice(0));

  it('is the one that a trusted proxy appended, whatever the client sent before it', () => {
    const addressOf = behind('10.0.0.0/8');
    expect(addressOf(from('10.0.0.1', forwarded('6.6.6.6, 1.2.3.4')))).to.equal('1.2.3.4');
    expect(addressOf(from('10.0.0.1', forwarded('6.6.6.6, 1.2.3.4, 10.9.9.9')))).to.equal('1.2.3.4');
    expect(addressOf(from('::ffff:10.0.0.1', forwarded('2001:db8::1')))).to.equal('2001:db8::1');
    expect(lines).to.deep.equal([]);
  });

  it('is the peer’s where no proxy is trusted, with a warning and a count', async () => {
    const before = await ignored();
    expect(behind()(from('10.0.0.1', forwarded('1.2.3.4')))).to.equal('10.0.0.1');
    expect(behind('192.168.0.0/16')(from('10.0.0.1', forwarded('1.2.3.4')))).to.equal('10.0.0.1');
    expect(behind('10.0.0.1')(from('10.0.0.1', { forwarded: 'for=1.2.3.4' }))).to.equal('10.0.0.1');
    expect(lines).to.deep.equal(Array(3).fill('forwarded-header-ignored'));
    expect(await ignored()).to.equal(before + 3);
  });

  it('is the peer’s, without a warning, where none was forwarded', () => {
    expect(behind()(from('10.0.0.1'))).to.equal('10.0.0.1');
    expect(behind('10.0.0.1')(from('10.0.0.1'))).to.equal('10.0.0.1');
    expect(lines).to.deep.equal([]);
  });

  it('loses a port, and is the peer’s where the proxy passed on no address', () => {
    const addressOf = behind('loopback');
    expect(addressOf(from('127.0.0.1', forwarded('1.2.3.4:5678')))).to.equal('1.2.3.4');
    expect(addressOf(from('127.0.0.1', forwarded('[2001:db8::1]:5678')))).to.equal('2001:db8::1');
    expect(addressOf(from('127.0.0.1', forwarded('unknown')))).to.equal('127.0.0.1');
    expect(addressOf(from('127.0.0.1', forwarded('')))).to.equal('127.0.0.1');
  });

  it('takes a list of addresses, networks and names, and refuses another with a sentence', () => {
    const read = (text: string) => proxyConfig.safeParse({ TRUSTED_PROXIES: text });
    expect(read(' 10.0.0.1, 2001:db8::/32 ,loopback,').data?.TRUSTED_PROXIES).to.deep.equal([
      '10.0.0.1',
      '2001:db8::/32',
      'loopback',
    ]);
    for (const text of ['proxy.internal', '10.0.0.0/99', '10.0.0'])
      expect(read(text).error?.issues[0]?.message, text).to.include('write addresses, networks');
  });
});

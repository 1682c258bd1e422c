/** When an issuer's keys were last read shows in a metric: the alert IdentityKeysOld stands on it. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { silent } from '../process/log.ts';
import { registry } from '../process/metrics.ts';
import { type IssuerKeys, openIssuerKeys } from './issuer-keys.ts';
import { startProvider, type TestProvider } from './testing/provider.ts';

const NOW_MS = 1_700_000_000_000;

describe('the time at which an issuer’s keys were read', () => {
  let provider: TestProvider;
  let keys: IssuerKeys | undefined;
  before(async () => {
    provider = await startProvider();
  });
  afterEach(() => keys?.close());
  after(() => provider.stop());

  const readAt = async () => {
    const metric = await registry.getSingleMetric('identity_keys_read_timestamp_seconds')?.get();
    return metric?.values.find(({ labels }) => labels['issuer'] === provider.issuer)?.value;
  };
  const failures = async () => {
    const metric = await registry.getSingleMetric('identity_key_reads_total')?.get();
    return metric?.values.find(({ labels }) => labels['outcome'] === 'failed')?.value ?? 0;
  };
  const open = () => {
    keys = openIssuerKeys(provider.issuer, { now: () => NOW_MS, log: silent });
  };

  it('is 0 while the provider is away from the start', async () => {
    await provider.stop();
    const before = await failures();
    open();
    await waitUntil(failures, (count) => count > before);
    expect(await readAt()).to.equal(0);
    await provider.start();
  });

  it('is that of the last read', async () => {
    open();
    await waitUntil(readAt, (seconds) => seconds === NOW_MS / 1_000);
  });

  it('is gone with the issuer', async () => {
    open();
    keys?.close();
    expect(await readAt()).to.equal(undefined);
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { readCounters, watchCounters } from './counters.ts';

const text = (fences: number) => `# HELP saga_fence_refusals_total x
saga_fence_refusals_total ${fences}
saga_unmatched_total{type="payment.charged"} 2
saga_unmatched_total{type="shipping.prepared"} 3
saga_unmatched_total_other 100
`;

describe('the engines’ counters', () => {
  it('are summed over their labels', () => {
    expect(readCounters(text(4))).to.deep.equal({ fenceRefusals: 4, unmatched: 5, resends: 0 });
  });

  it('go on rising when a process restarts, and while it does not answer', async () => {
    let fences = 4;
    let pid: number | undefined = 1;
    const server = createServer((_, response) => response.end(text(fences))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const watch = watchCounters({ engine: `http://127.0.0.1:${port}` }, () => pid);
    expect((await watch.read()).fenceRefusals).to.equal(4);
    [pid, fences] = [2, 1];
    expect((await watch.read()).fenceRefusals).to.equal(5);
    fences = 2;
    expect((await watch.read()).fenceRefusals).to.equal(6);
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
    expect((await watch.read()).fenceRefusals).to.equal(6);
  });
});

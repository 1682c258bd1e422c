import { createServer } from 'node:net';
import { expect } from 'chai';
import { choosePorts, freePorts, isFree } from './ports.ts';

describe('ports of a stack', () => {
  it('gives dev its fixed ports', async () => {
    const { kafka, controllers, postgres, redis } = await choosePorts('dev', 3, {});
    expect(kafka).to.deep.equal([29092, 29093, 29094]);
    expect(controllers).to.deep.equal([29192, 29193, 29194]);
    expect([postgres, redis]).to.deep.equal([29432, 29379]);
  });

  it('moves them to the base that STACK_PORT_BASE names', async () => {
    expect((await choosePorts('dev', 1, { STACK_PORT_BASE: '49000' })).kafka).to.deep.equal([49092]);
  });

  it('refuses a base that is none, with a sentence', async () => {
    const error = await choosePorts('dev', 1, { STACK_PORT_BASE: 'high' }).catch((e: Error) => e);
    expect((error as Error).message).to.contain('between 1024 and 65000');
  });

  it('finds different free ports for any other stack', async () => {
    const { kafka, controllers, postgres, redis } = await choosePorts('test', 3, {});
    expect(new Set([...kafka, ...controllers, postgres, redis]).size).to.equal(8);
  });

  it('recognises a port that is taken', async () => {
    const [port] = await freePorts(1);
    expect(await isFree(port as number)).to.equal(true);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect(await isFree(port as number)).to.equal(false);
    await new Promise((resolve) => server.close(resolve));
  });
});

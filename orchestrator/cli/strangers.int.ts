/** Text from outside in the operators' command line, and lists longer than a page. */
import { expect } from 'chai';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { runSaga } from './testing/terminal.ts';

/** A colour, a window's title, the clipboard, an 8-bit CSI, a return over the line, a forged line, a turn of direction. */
const HOSTILE = '\u001b[31m\u001b]0;x\u0007\u001b]52;c;eA==\u0007\u009b2J\rroot\n#9 completed\u202eada';
const MANY = 450;

describe('the saga command, on text from outside', () => {
  let api: TestApi;
  let id: string;
  before(async () => {
    api = await startTestApi();
    id = await api.placed({ customerId: HOSTILE });
    await api.engine.happen(id, ...CHARGING);
    const pausing = runSaga(api, ['pause', id, '--reason', HOSTILE, '--yes'], {
      onPause: async () => {
        const control = () => api.published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
        await api.engine.take(await waitUntil(control, (records) => records.length > 0));
      },
    });
    expect((await pausing).code).to.equal(0);
    await api.db.execute(
      `INSERT INTO orchestrator.dead_letters
       SELECT 0, n, NULL, NULL, convert_to('{"a":"' || $1 || '"}', 'UTF8'), $1, now(), 'invalid-data', $1, $1, 0, n, NULL
         FROM generate_series(1, $2::int) n`,
      HOSTILE,
      MANY,
    );
  });
  after(() => api?.close());

  const commands = () => [
    ['list'],
    ['list', '--customer', HOSTILE],
    ['get', id],
    ['history', id],
    ['audit', 'list'],
    ['resume', id, '--reason', 'x', '--dry-run'],
    ['dead-letter', 'list', '--limit', '3'],
    ['dead-letter', 'get', '0/1'],
    ['get', HOSTILE],
    ['dead-letter', 'get', HOSTILE],
    ['list', '--url', `http://127.0.0.1:1/${HOSTILE}`],
    ['list', '--status', HOSTILE],
    [HOSTILE],
  ];

  it('shows no control character and no forged line, in any format', async () => {
    for (const args of commands()) {
      for (const format of ['table', 'json', 'jsonl']) {
        const { out, err } = await runSaga(api, [
          ...args,
          ...(args.length > 1 || args[0] === 'list' ? ['-o', format] : []),
        ]);
        const what = `${JSON.stringify(args)} as ${format}`;
        expect(`${out}${err}`, what).not.to.equal('');
        expect(`${out}${err}`.replaceAll('\n', ''), what).not.to.match(/[\p{Cc}\u202e]/u);
        if (format === 'table' && args[0] !== HOSTILE)
          expect(`${out}\n${err}`, what).not.to.match(/^#9 completed/m);
      }
    }
  });

  it('keeps JSON exact', async () => {
    const [listed] = JSON.parse((await runSaga(api, ['list', '-o', 'json'])).out) as Array<{
      customerId: string;
    }>;
    expect(listed?.customerId).to.equal(HOSTILE);
    expect(JSON.parse((await runSaga(api, ['get', id, '-o', 'jsonl'])).out).customerId).to.equal(HOSTILE);
  });

  it('lists as many dead letters as --limit says, and whether there are more', async () => {
    const listed = async (limit: number) => {
      const { out, err } = await runSaga(api, [
        'dead-letter',
        'list',
        '--limit',
        String(limit),
        '-o',
        'jsonl',
      ]);
      return [out.split('\n').length, err];
    };
    expect(await listed(500)).to.deep.equal([MANY, '']);
    expect(await listed(MANY)).to.deep.equal([MANY, '']);
    expect(await listed(200)).to.deep.equal([200, 'There are more: raise --limit.']);
    expect(await listed(MANY - 1)).to.deep.equal([MANY - 1, 'There are more: raise --limit.']);
  });

  it('lists as many entries of the audit as --limit says, and whether there are more', async () => {
    const acted = await api.placed({ customerId: 'audited' });
    await api.engine.happen(acted, ...CHARGING);
    const etag = (await api.request(`/v1/sagas/${acted}`, { as: 'operator' })).headers.get('etag') ?? '';
    for (let i = 0; i < 205; i++) {
      const { status } = await api.request(`/v1/sagas/${acted}/actions`, {
        as: 'operator',
        body: { action: 'retry', reason: `${i}` },
        headers: { 'if-match': etag },
      });
      if (status !== 202) throw new Error(`an action was answered ${status}`);
    }
    const listed = async (limit: number) => {
      const { out, err } = await runSaga(api, [
        'audit',
        'list',
        '--saga',
        acted,
        '--limit',
        String(limit),
        '-o',
        'jsonl',
      ]);
      return [out.split('\n').length, err];
    };
    expect(await listed(500)).to.deep.equal([205, '']);
    expect(await listed(205)).to.deep.equal([205, '']);
    expect(await listed(204)).to.deep.equal([204, 'There are more: raise --limit.']);
  });

  it('reaches an API under a path, with or without a slash at its end', async () => {
    const SAGA_TOKEN = await api.token('operator', 'olga');
    for (const end of ['', '/', '//', '?x=1', '#x']) {
      const { code, err } = await runSaga(api, ['get', id], {
        environment: { SAGA_URL: api.url + end, SAGA_TOKEN },
      });
      expect(code, err).to.equal(0);
    }
  });
});

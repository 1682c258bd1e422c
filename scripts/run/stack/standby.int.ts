/** The copy of a running primary is a standby that follows it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '#platform/postgres/database.ts';
import { waitUntil } from '../wait-until.ts';
import { end, startDetached } from './detached.ts';
import { freePorts } from './ports.ts';
import { postgresServices, postgresUrl } from './postgres.ts';
import type { Service } from './service.ts';

const ENDS_WITHIN_MS = 20_000;

it('a standby has what was written before, during and after its copy', async () => {
  const data = mkdtempSync(join(tmpdir(), 'standby-'));
  execFileSync('chmod', ['755', data]);
  const [first = 0, second = 0] = await freePorts(2);
  const ports = { kafka: [], controllers: [], postgres: first, redis: 0 };
  const places = { data, logs: data } as Parameters<typeof postgresServices>[1];
  const services = postgresServices({ name: 'pair', brokers: 0, ports, pids: {}, standby: second }, places);
  const pids = new Map<Service, number>();
  const none = { tls: null, password: null };
  const of = (port: number, reads?: 'any-server') =>
    openDatabase(postgresUrl(port, 'postgres'), {
      pool: 2,
      processName: 'test',
      security: none,
      ...(reads && { reads }),
    });
  const primary = of(first);
  const standby = of(second, 'any-server');
  const insert = (value: number) => primary.execute('INSERT INTO notes VALUES ($1::int)', value);
  let written = 0;
  let writing = true;
  try {
    for (const service of services) {
      if (pids.size === 1) {
        await primary.execute('CREATE TABLE notes (value int)');
        await insert(written++);
        void (async () => {
          while (writing) await insert(written++);
        })().catch(() => {});
      }
      const pid = await startDetached(await service.prepare());
      pids.set(service, pid);
      await waitUntil(() => service.answers(pid), Boolean, { what: `an answer of ${service.name}` });
    }
    const during = written;
    await waitUntil(
      () => written,
      (count) => count > during,
    );
    writing = false;
    await waitUntil(
      () => standby.query<{ value: number }>('SELECT value FROM notes ORDER BY value'),
      (rows) => rows.length === written && rows.every(({ value }, index) => value === index),
    );
    expect(during).to.be.above(1);
  } finally {
    writing = false;
    await primary.close();
    await standby.close();
    for (const [service, pid] of [...pids].reverse())
      await end(pid, service.signature, 'SIGINT', ENDS_WITHIN_MS);
    rmSync(data, { recursive: true, force: true });
  }
}).timeout(60_000);

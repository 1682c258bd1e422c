/** Measures one program with one number of orders in flight, and checks its rows afterwards. */
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import { poll } from '#scripts/run/wait-until.ts';
import { cpuFigures, readCpuAt } from '../cpu-cost.ts';
import { startClock } from '../run-record.ts';
import type { Arm } from './arm.ts';
import { loopFigures, runLoop } from './closed-loop.ts';
import type { LevelResult } from './peers-report.ts';
import { countRows, disagreements } from './rows/row-counts.ts';

/** Ours sends the mails after the orders have completed. */
const ROWS_WITHIN_MS = 60_000;

/** @param warmupMs before the window, under the same load */
export async function measureLevel(
  arm: Arm,
  inFlight: number,
  { warmupMs, windowMs }: { warmupMs: number; windowMs: number },
): Promise<LevelResult> {
  const client = new pg.Client({ ...connectionTo(arm.databaseUrl), application_name: 'bench' });
  client.on('error', () => {});
  await client.connect();
  const sender = await arm.open(inFlight);
  try {
    // The pages of the level before are not written during this one.
    await client.query('CHECKPOINT');
    const pids = await arm.pids();
    // By the clock that ids are made with.
    const first = uuidv7Floor(Date.now());
    const clock = startClock();
    const plan = { inFlight, rampMs: warmupMs / 2, fromMs: warmupMs, toMs: warmupMs + windowMs };
    const readings = readCpuAt(plan, clock, pids);
    let sent = 0;
    const record = await runLoop(plan, clock, (onEnd) => sender.send(sent++, onEnd));
    const completed = record.ends.length;
    const mails = async () => (await countRows(client, first)).mails >= completed;
    const doneAt = clock.now();
    await poll(mails, ROWS_WITHIN_MS, 250);
    const mailsLateMs = Math.round(clock.now() - doneAt);
    const refused = [
      ...Object.entries(record.failures).map(([reason, count]) => `${count} orders: ${reason}`),
      ...(record.unended > 0 ? [`${record.unended} orders have not ended`] : []),
      ...disagreements(await countRows(client, first), completed),
    ];
    const figures = loopFigures(plan, record);
    const cpu = cpuFigures(await readings, figures.ordersPerSecond);
    return {
      inFlight,
      completed,
      mailsLateMs,
      refused,
      figures: refused.length > 0 ? null : { ...figures, ...cpu },
    };
  } finally {
    await sender.close();
    await client.end();
  }
}

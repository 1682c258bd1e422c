/** All drills, in the order in which they run: those that leave least behind come first. */
import type { Drill } from '../drill.ts';
import { BROKERS } from './brokers.ts';
import { COUPONS } from './coupons.ts';
import { DATABASES } from './databases.ts';
import { KEEPING } from './keeping.ts';
import { MACHINE } from './machine.ts';
import { MONEY, RECONCILIATION } from './money.ts';
import { PROCESSES } from './processes.ts';
import { SAGAS } from './sagas.ts';

export const DRILLS: readonly Drill[] = [
  ...MACHINE,
  ...PROCESSES,
  ...MONEY,
  ...SAGAS,
  ...KEEPING,
  ...RECONCILIATION,
  ...DATABASES,
  ...COUPONS,
  ...BROKERS,
];

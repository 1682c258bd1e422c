/** The dashboards, in the order of Grafana's list. */
import type { Dashboard } from './dashboard.ts';
import { COUPONS } from './definitions/coupons.ts';
import { ENGINE } from './definitions/engine.ts';
import { KAFKA } from './definitions/kafka.ts';
import { OPERATORS } from './definitions/operators.ts';
import { OVERVIEW } from './definitions/overview.ts';
import { PARTICIPANTS } from './definitions/participants.ts';
import { POSTGRESQL } from './definitions/postgresql.ts';

export const DASHBOARDS: readonly Dashboard[] = [
  OVERVIEW,
  ENGINE,
  PARTICIPANTS,
  COUPONS,
  KAFKA,
  POSTGRESQL,
  OPERATORS,
];

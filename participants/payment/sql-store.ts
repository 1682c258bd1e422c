/** Payment's store on PostgreSQL: each verb is one statement of `sql/`. */
import type { Sql } from '#platform/postgres/database.ts';
import { claimIntents, countUntried, renewLeases, wakeIntents } from './sql/claim.ts';
import { insertIntents } from './sql/insert-intents.ts';
import { lockPace, writePace } from './sql/pace.ts';
import { raiseGoals } from './sql/raise-goals.ts';
import {
  differing,
  insertIncidents,
  lockCharge,
  readCheckpoint,
  readUnpublished,
  recordPublished,
  reopenRefund,
  settledOf,
  writeCheckpoint,
  writeReversals,
} from './sql/reversals.ts';
import { insertUndos, lockWaitingUndos, readSettled, recordAnswered, takeNotices } from './sql/undos.ts';
import { postponeIntents, releaseIntents, writeGatewayIds, writeOutcomes } from './sql/write-intents.ts';
import type { PaymentStore } from './store.ts';

/** @param sql the pool, or an open transaction */
export function paymentStore(sql: Sql): PaymentStore {
  return {
    insertIntents: (...values) => insertIntents(sql, ...values),
    raiseGoals: (...values) => raiseGoals(sql, ...values),
    insertUndos: (...values) => insertUndos(sql, ...values),
    claimIntents: (...values) => claimIntents(sql, ...values),
    renewLeases: (...values) => renewLeases(sql, ...values),
    wakeIntents: (...values) => wakeIntents(sql, ...values),
    countUntried: (...values) => countUntried(sql, ...values),
    writeGatewayIds: (...values) => writeGatewayIds(sql, ...values),
    writeOutcomes: (...values) => writeOutcomes(sql, ...values),
    releaseIntents: (...values) => releaseIntents(sql, ...values),
    postponeIntents: (...values) => postponeIntents(sql, ...values),
    lockWaitingUndos: (...values) => lockWaitingUndos(sql, ...values),
    readSettled: (...values) => readSettled(sql, ...values),
    recordAnswered: (...values) => recordAnswered(sql, ...values),
    takeNotices: (...values) => takeNotices(sql, ...values),
    lockPace: (...values) => lockPace(sql, ...values),
    writePace: (...values) => writePace(sql, ...values),
    writeReversals: (...values) => writeReversals(sql, ...values),
    settledOf: (...values) => settledOf(sql, ...values),
    differing: (...values) => differing(sql, ...values),
    lockCharge: (...values) => lockCharge(sql, ...values),
    reopenRefund: (...values) => reopenRefund(sql, ...values),
    insertIncidents: (...values) => insertIncidents(sql, ...values),
    readUnpublished: (...values) => readUnpublished(sql, ...values),
    recordPublished: (...values) => recordPublished(sql, ...values),
    readCheckpoint: (...values) => readCheckpoint(sql, ...values),
    writeCheckpoint: (...values) => writeCheckpoint(sql, ...values),
  };
}

/** The port to the tables that only the issuer writes: it locks rows in one order, and writes a batch in one statement. */
import type { Decision } from './decide-requests.ts';
import type { RequestLog } from './request-logs.ts';
import type { Campaign, Checkpoint, CouponReads } from './store.ts';

/** The locked checkpoints of a batch's partitions. */
export interface LockedCheckpoints {
  /** By partition. */
  readonly checkpoints: ReadonlyMap<number, Checkpoint>;
  /** The latest acceptance among the decided requests of all partitions, other issuers' included. */
  readonly decidedUntil: Date | null;
  readonly epoch: string;
}

/** The issuer's verbs, in an open transaction. Every transaction locks checkpoints first, then campaigns. */
export interface IssuerStore extends Pick<CouponReads, 'coupons' | 'lost'> {
  /** Inserts the missing checkpoints, at offset 0. */
  addCheckpoints(partitions: readonly number[]): Promise<void>;
  lockCheckpoints(partitions: readonly number[]): Promise<LockedCheckpoints>;
  /** The known logs of some partitions, those of each partition in order. */
  requestLogs(partitions: readonly number[]): Promise<RequestLog[]>;
  /** Adds logs, or the identity of a known one that had none. */
  noteLogs(logs: readonly RequestLog[], now: Date): Promise<void>;
  /** By id. */
  lockCampaigns(ids: readonly string[]): Promise<Map<string, Campaign>>;
  write(decision: Pick<Decision, 'made' | 'checkpoints' | 'lost'>, now: Date): Promise<void>;
  /** Sets a new random epoch, which makes every key in Redis obsolete. */
  renewEpoch(now: Date): Promise<void>;
}

/** The issuer's transactions; on PostgreSQL and, for the simulation, in memory. */
export interface IssuingUnitOfWork {
  /** Runs work in one transaction, which commits once `work` resolves and rolls back when it rejects. */
  transaction<T>(work: (store: IssuerStore) => Promise<T>): Promise<T>;
}

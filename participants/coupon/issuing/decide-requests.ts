/** Decides requests in memory, first come, first served, on rows that the caller has locked. */
import { type AcceptedRequest, answerOf, type Decided, isIn, isOpen } from './answer.ts';
import {
  type Campaign,
  type Checkpoint,
  type Claimant,
  type Coupon,
  claimantKey,
  type LostRange,
} from './store.ts';

/** A record of coupon-request; `request` is null when the record is invalid. */
export interface Item {
  readonly partition: number;
  readonly offset: number;
  readonly acceptedAt: Date;
  readonly request: AcceptedRequest | null;
}

/** The locked rows, and the other rows that the decision needs. */
export interface LockedRows {
  /** By partition. */
  readonly checkpoints: ReadonlyMap<number, Checkpoint>;
  /** By id. */
  readonly campaigns: ReadonlyMap<string, Campaign>;
  /** The coupons that the items' claimants have, by `claimantKey`. */
  readonly coupons: ReadonlyMap<string, Coupon>;
  readonly lost: readonly LostRange[];
  /** The checkpoints at which reading of the assigned partitions started; without those raised since. */
  readonly begun: ReadonlyMap<number, number>;
}

export interface Answered {
  readonly request: AcceptedRequest;
  readonly answer: Decided;
  /** The checkpoint had passed it before this batch: the rows answered it again. */
  readonly repeated: boolean;
}

/** The decision on a batch. */
export interface Decision {
  /** In the order of the requests. */
  readonly answered: readonly Answered[];
  /** The rows to insert. */
  readonly made: readonly Coupon[];
  /** The issued count of a campaign after this decision; only for campaigns of which an answer is a coupon. */
  readonly issued: ReadonlyMap<string, number>;
  /** The checkpoints to raise. */
  readonly checkpoints: readonly Checkpoint[];
  /** Offsets that the checkpoints pass without a decision. */
  readonly lost: readonly LostRange[];
}

/**
 * A record lies beyond its partition's checkpoint, and the records between are undecided: the database went back in time
 * under this process, or the consumer skipped records. Reading must start at the checkpoint again.
 */
export class CheckpointBehind extends Error {}

/**
 * A record lies below its partition's checkpoint and was accepted later than every record that the checkpoint has passed, so
 * it is none of them: the topic was recreated, or its log cut short, after reading started. The rows have no answer to it.
 */
export class AnotherLog extends Error {}

/**
 * Decides items in their order, which must follow the offsets within each partition.
 * @param makeId makes the id of a coupon
 * @throws CheckpointBehind
 * @throws AnotherLog
 */
export function decideRequests(
  items: readonly Item[],
  locked: LockedRows,
  makeId: () => string,
  now: Date,
): Decision {
  const coupons = new Map(locked.coupons);
  const taken = new Map<string, number>();
  const made: Coupon[] = [];
  const answered: Answered[] = [];
  const lost: LostRange[] = [];
  const checkpoints = new Map(locked.checkpoints);

  const issue = (request: AcceptedRequest, campaign: Campaign) => {
    const { id: requestId, ...position } = request;
    const coupon = { ...position, id: makeId(), requestId, issuedAt: now, validUntil: campaign.validUntil };
    coupons.set(claimantKey(request), coupon);
    taken.set(campaign.id, (taken.get(campaign.id) ?? 0) + 1);
    made.push(coupon);
  };

  for (const item of items) {
    const { request, partition, offset } = item;
    const checkpoint = checkpoints.get(partition);
    const next = checkpoint?.next;
    const gap = gapBefore(item, next, locked);
    if (gap !== null) lost.push(gap);
    const repeated = next !== undefined && offset < next;
    if (repeated) requireDecided(item, checkpoint);
    else checkpoints.set(partition, passing(item, checkpoint));
    if (request === null) {
      if (!repeated) lost.push({ partition, from: offset, to: offset + 1 });
      continue;
    }
    const key = claimantKey(request);
    const campaign = locked.campaigns.get(request.campaignId);
    if (!repeated && campaign !== undefined && !coupons.has(key)) {
      const left = campaign.total - campaign.issued - (taken.get(campaign.id) ?? 0);
      if (left > 0 && isOpen(campaign, request.acceptedAt)) issue(request, campaign);
    }
    const answer = answerOf(request, { campaign, coupon: coupons.get(key) }, isIn(locked.lost, request));
    answered.push({ request, answer, repeated });
  }
  return {
    answered,
    made,
    lost,
    issued: issuedAfter(answered, locked.campaigns, taken),
    checkpoints: [...checkpoints.values()].filter(
      (checkpoint) => checkpoint !== locked.checkpoints.get(checkpoint.partition),
    ),
  };
}

/**
 * The records between a partition's checkpoint and an item. If reading started at the checkpoint or before it, they left
 * the log undecided; else the consumer must start again.
 */
function gapBefore(
  { partition, offset }: Item,
  next: number | undefined,
  locked: LockedRows,
): LostRange | null {
  if (next !== undefined && offset <= next) return null;
  if (next === undefined || locked.begun.get(partition) !== next)
    throw new CheckpointBehind(
      `partition ${partition} is decided up to ${next ?? 'nowhere'}, and ${offset} came`,
    );
  return { partition, from: next, to: offset };
}

/** @throws AnotherLog when a record below the checkpoint is none of those that the checkpoint has passed */
function requireDecided({ partition, offset, acceptedAt }: Item, checkpoint: Checkpoint | undefined): void {
  const until = checkpoint?.acceptedUntil ?? null;
  const isLater = until === null || acceptedAt > until;
  if (!isLater) return;
  throw new AnotherLog(
    `partition ${partition} is decided up to ${checkpoint?.next}, accepted until ${until?.toISOString()}, and ${offset}, accepted at ${acceptedAt.getTime()}, came`,
  );
}

function passing({ partition, offset, acceptedAt }: Item, before: Checkpoint | undefined): Checkpoint {
  const until = before?.acceptedUntil ?? null;
  return {
    partition,
    next: offset + 1,
    acceptedUntil: until !== null && until > acceptedAt ? until : acceptedAt,
  };
}

function issuedAfter(
  answered: readonly Answered[],
  campaigns: ReadonlyMap<string, Campaign>,
  taken: ReadonlyMap<string, number>,
): Map<string, number> {
  const issued = new Map<string, number>();
  for (const { answer } of answered) {
    if (answer.state !== 'issued') continue;
    const campaign = campaigns.get(answer.coupon.campaignId);
    if (campaign !== undefined) issued.set(campaign.id, campaign.issued + (taken.get(campaign.id) ?? 0));
  }
  return issued;
}

/** The claimants of some items, each once. */
export function claimantsOf(items: readonly Item[]): Claimant[] {
  const claimants = new Map<string, Claimant>();
  for (const { request } of items) if (request !== null) claimants.set(claimantKey(request), request);
  return [...claimants.values()];
}

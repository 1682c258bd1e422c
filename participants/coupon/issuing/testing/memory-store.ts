/** Issuing's tables in memory, under the constraints of PostgreSQL's. One transaction runs at a time. */
import type { IssuerStore, IssuingUnitOfWork } from '../issuer-store.ts';
import type { RequestLog } from '../request-logs.ts';
import type { Checkpoint, LostRange } from '../store.ts';
import {
  type Campaign,
  CampaignChanged,
  type CampaignStore,
  type Coupon,
  type CouponReads,
  claimantKey,
} from '../store.ts';

interface Tables {
  /** By id. */
  readonly campaigns: Map<string, Campaign>;
  /** Campaigns' ids by their makers and keys. */
  readonly keys: Map<string, string>;
  /** Who closed which campaign. */
  readonly closers: Map<string, string>;
  /** By `claimantKey`. */
  readonly coupons: Map<string, Coupon>;
  readonly checkpoints: Map<number, Checkpoint>;
  /** By partition and first offset. */
  readonly lost: Map<string, LostRange>;
  /** By partition, in order. */
  readonly logs: Map<number, readonly RequestLog[]>;
  epoch: string;
}

export interface MemoryIssuing {
  readonly unitOfWork: IssuingUnitOfWork;
  readonly reads: CouponReads;
  readonly campaigns: CampaignStore;
  /** Takes a snapshot. @returns restores it, as from a backup */
  snapshot(): () => void;
}

/** Empty tables. */
export function memoryIssuing(): MemoryIssuing {
  let tables: Tables = {
    campaigns: new Map(),
    keys: new Map(),
    closers: new Map(),
    coupons: new Map(),
    checkpoints: new Map(),
    lost: new Map(),
    logs: new Map(),
    epoch: crypto.randomUUID(),
  };
  let turn: Promise<unknown> = Promise.resolve();

  const reads: CouponReads = {
    campaigns: async (ids) => ids.flatMap((id) => tables.campaigns.get(id) ?? []),
    coupons: async (claimants) => claimants.flatMap((one) => tables.coupons.get(claimantKey(one)) ?? []),
    couponsAfter: async (campaignId, userId, limit) =>
      [...tables.coupons.values()]
        .filter((one) => one.campaignId === campaignId && one.userId > userId)
        .sort((a, b) => (a.userId < b.userId ? -1 : 1))
        .slice(0, limit),
    checkpoints: async () => [...tables.checkpoints.values()],
    partitions: async () =>
      [...tables.checkpoints.values()].map((one) => ({
        ...one,
        begins: (tables.logs.get(one.partition) ?? []).flatMap(({ beganAt }) => beganAt ?? []),
      })),
    lost: async (positions) =>
      [...tables.lost.values()].filter(({ partition, from, to }) =>
        positions.some((at) => at.partition === partition && from <= at.offset && at.offset < to),
      ),
    epoch: async () => tables.epoch,
  };

  const store: IssuerStore = {
    ...reads,
    async addCheckpoints(partitions) {
      for (const partition of partitions)
        if (!tables.checkpoints.has(partition))
          tables.checkpoints.set(partition, { partition, next: 0, acceptedUntil: null });
    },
    async lockCheckpoints(partitions) {
      const found = partitions.flatMap((partition) => tables.checkpoints.get(partition) ?? []);
      const none = found.length === 0;
      return {
        checkpoints: new Map(found.map((checkpoint) => [checkpoint.partition, checkpoint])),
        decidedUntil: none ? null : decidedUntil(tables),
        epoch: none ? '' : tables.epoch,
      };
    },
    requestLogs: async (partitions) => partitions.flatMap((one) => tables.logs.get(one) ?? []),
    async noteLogs(logs) {
      for (const log of logs) {
        const known = tables.logs.get(log.partition) ?? [];
        const same = known.find(({ number }) => number === log.number);
        const noted = same === undefined ? log : { ...same, topicId: same.topicId ?? log.topicId };
        tables.logs.set(log.partition, [...known.filter((one) => one !== same), noted]);
      }
    },
    lockCampaigns: async (ids) => new Map((await reads.campaigns(ids)).map((one) => [one.id, one])),
    async write({ made, checkpoints, lost }) {
      for (const coupon of made) insertCoupon(tables, coupon);
      for (const checkpoint of checkpoints) raise(tables, checkpoint);
      for (const range of lost) {
        const key = `${range.partition}/${range.from}`;
        if (!tables.lost.has(key)) tables.lost.set(key, range);
      }
    },
    async renewEpoch() {
      tables.epoch = crypto.randomUUID();
    },
  };

  /** Runs transactions one after the other, each entirely or not at all. */
  const transaction = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(async () => {
      const before = copyOf(tables);
      try {
        return await work();
      } catch (error) {
        tables = before;
        throw error;
      }
    });
    turn = mine.catch(() => {});
    return mine;
  };

  const campaigns: CampaignStore = {
    async create(campaign, key) {
      const under = `${campaign.createdBy}/${key}`;
      const earlier = key === null ? undefined : tables.campaigns.get(tables.keys.get(under) ?? '');
      if (earlier !== undefined) return earlier;
      const made = { ...campaign, issued: 0, closedAt: null };
      tables.campaigns.set(made.id, made);
      if (key !== null) tables.keys.set(under, made.id);
      return made;
    },
    isMade: async (createdBy, key) => tables.keys.has(`${createdBy}/${key}`),
    list: async (limit, before = '~') =>
      [...tables.campaigns.values()]
        .filter(({ id }) => id < before)
        .sort((a, b) => (a.id > b.id ? -1 : 1))
        .slice(0, limit),
    close: (id, now, by) =>
      transaction(async () => {
        const campaign = tables.campaigns.get(id);
        if (campaign === undefined) return null;
        const isRepeat = by !== undefined && tables.closers.get(id) === by.closedBy;
        if (!isRepeat && by?.approves?.(campaign) === false) throw new CampaignChanged(campaign);
        if (campaign.closedAt === null && by !== undefined) tables.closers.set(id, by.closedBy);
        const earliest = (decidedUntil(tables)?.getTime() ?? 0) + 1;
        const closedAt = campaign.closedAt ?? new Date(Math.max(now.getTime(), earliest));
        tables.campaigns.set(id, { ...campaign, closedAt });
        return { ...campaign, closedAt };
      }),
  };

  return {
    unitOfWork: { transaction: (work) => transaction(() => work(store)) },
    reads,
    campaigns,
    snapshot() {
      const then = copyOf(tables);
      return () => {
        tables = copyOf(then);
      };
    },
  };
}

/** Copies the maps only: rows are replaced, never changed. */
function copyOf({ campaigns, keys, closers, coupons, checkpoints, lost, logs, epoch }: Tables): Tables {
  return {
    campaigns: new Map(campaigns),
    keys: new Map(keys),
    closers: new Map(closers),
    coupons: new Map(coupons),
    checkpoints: new Map(checkpoints),
    lost: new Map(lost),
    logs: new Map(logs),
    epoch,
  };
}

function decidedUntil({ checkpoints }: Tables): Date | null {
  const latest = Math.max(
    0,
    ...[...checkpoints.values()].map(({ acceptedUntil }) => acceptedUntil?.getTime() ?? 0),
  );
  return latest === 0 ? null : new Date(latest);
}

/** @throws Error where a constraint of PostgreSQL would reject it */
function insertCoupon(tables: Tables, coupon: Coupon): void {
  const key = claimantKey(coupon);
  const campaign = tables.campaigns.get(coupon.campaignId);
  if (campaign === undefined) throw new Error(`there is no campaign ${coupon.campaignId}`);
  if (tables.coupons.has(key)) throw new Error(`${coupon.userId} has a coupon already`);
  if (campaign.issued >= campaign.total) throw new Error(`there are ${campaign.total} coupons and no more`);
  tables.coupons.set(key, coupon);
  tables.campaigns.set(campaign.id, { ...campaign, issued: campaign.issued + 1 });
}

/** A checkpoint only rises. */
function raise({ checkpoints }: Tables, { partition, next, acceptedUntil }: Checkpoint): void {
  const known = checkpoints.get(partition);
  if (known === undefined || known.next >= next) return;
  const times = [known.acceptedUntil, acceptedUntil].flatMap((at) => at?.getTime() ?? []);
  const until = times.length === 0 ? null : new Date(Math.max(...times));
  checkpoints.set(partition, { partition, next, acceptedUntil: until });
}

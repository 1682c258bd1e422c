/** Where a run keeps its books: PostgreSQL in process, or memory. Processes reach it by atoms only. */

import type { ActionData } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { Store, SweepStore } from '#engine/ports.ts';
import type { IntakeStore } from '#orchestrator/store/intake-store.ts';
import type { IssuingUnitOfWork } from '#participants/coupon/issuing/issuer-store.ts';
import type { CampaignStore, CouponReads } from '#participants/coupon/issuing/store.ts';
import type { RedeemableCoupon, RedemptionStore } from '#participants/coupon/redemption/store.ts';
import type { InventoryStore } from '#participants/inventory/store.ts';
import type { MailStore } from '#participants/notification/store.ts';
import type { PaymentStore } from '#participants/payment/store.ts';
import type { ShippingStore } from '#participants/shipping/store.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { GatewayLedger } from '../ledger/gateway-ledger.ts';

/** A wish of a person. */
export interface Wish {
  readonly sagaId: string;
  readonly data: ActionData;
  readonly atMs: number;
}

/** What is still to do in the books; nothing once a run has come to rest. */
export interface Unsettled {
  readonly sagas: number;
  readonly intents: number;
  readonly actions: number;
  readonly mails: number;
}

/** A tombstone that is gone, and where the command it forbade came in. */
export interface LostTombstone {
  readonly channel: string;
  readonly sagaId: string;
  readonly commandId: string;
}

export interface Backend {
  readonly name: 'memory' | 'pglite';
  readonly engine: Store;
  readonly sweep: SweepStore;
  readonly inventory: UnitOfWork<InventoryStore>;
  readonly payment: UnitOfWork<PaymentStore>;
  readonly shipping: UnitOfWork<ShippingStore>;
  readonly coupon: UnitOfWork<RedemptionStore>;
  readonly mails: MailStore;
  isDataFault(error: unknown): boolean;
  readonly intake: IntakeStore;
  /** Every order there is. */
  orders(): Promise<ReadonlyArray<{ readonly id: string; readonly customerId: string }>>;
  /** What the API does with a person's wish; a second time it changes nothing. */
  wish(wish: Wish): Promise<void>;
  /** Loses the tombstones whose undos are answered. The production ledger would not forgive it: in memory only. */
  loseTombstones(): readonly LostTombstone[];
  setStock(levels: Readonly<Record<string, number>>): Promise<void>;
  /** Coupons as if they had been issued, each of a campaign of its own. */
  issue(coupons: readonly RedeemableCoupon[]): Promise<void>;
  unsettled(): Promise<Unsettled>;
  /** Judges the invariants of the ledger. @returns what is wrong, one line each */
  judge(gateway: readonly GatewayLedger[], definition: Registered): Promise<string[]>;
}

/** Where a run of `issuing` keeps its books. */
export interface IssuingBackend {
  readonly name: Backend['name'];
  readonly unitOfWork: IssuingUnitOfWork;
  readonly reads: CouponReads;
  readonly campaigns: CampaignStore;
  /** Makes a backup. @returns what brings it back; null where there are none */
  backup(): (() => void) | null;
}

/** Gives each run empty books, one run after the other. */
export interface Backends {
  next(): Promise<Backend>;
  nextIssuing(): Promise<IssuingBackend>;
  close(): Promise<void>;
}

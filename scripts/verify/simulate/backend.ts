/** The stores of a run: PostgreSQL in process, or memory. Processes reach them through database calls only. */

import type { ActionData } from '#engine/control.ts';
import type { Registered } from '#engine/definition/definition.ts';
import type { Store, SweepStore } from '#engine/ports.ts';
import type { IntakeStore } from '#orchestrator/store/intake-store.ts';
import type { IssuingUnitOfWork } from '#participants/coupon/issuing/issuer-store.ts';
import type { CampaignStore, CouponReads } from '#participants/coupon/issuing/store.ts';
import type { RedeemableCoupon } from '#participants/coupon/redemption/store.ts';
import type { ParticipantName } from '#participants/handlers.ts';
import type { MailStore } from '#participants/notification/store.ts';
import type { PaymentStore } from '#participants/payment/store.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { GatewayLedger } from '../ledger/gateway-ledger.ts';

/** An action that a person requests. */
export interface ActionRequest {
  readonly sagaId: string;
  readonly data: ActionData;
  readonly atMs: number;
}

/** Open work in the stores; all zero once a run has settled. */
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
  readonly units: Readonly<Record<ParticipantName, UnitOfWork<unknown>>>;
  readonly payment: UnitOfWork<PaymentStore>;
  readonly mails: MailStore;
  isDataFault(error: unknown): boolean;
  readonly intake: IntakeStore;
  /** Every order there is. */
  orders(): Promise<ReadonlyArray<{ readonly id: string; readonly customerId: string }>>;
  /** Stores a person's action as the API does; a repeat changes nothing. */
  requestAction(request: ActionRequest): Promise<void>;
  /**
   * Loses the tombstones whose undos are answered, of all orders or of one. In memory only: the production ledger would report it.
   */
  loseTombstones(ofOrder?: string): readonly LostTombstone[];
  setStock(levels: Readonly<Record<string, number>>): Promise<void>;
  /** Coupons as if they had been issued, each of a campaign of its own. */
  issue(coupons: readonly RedeemableCoupon[]): Promise<void>;
  unsettled(): Promise<Unsettled>;
  /** Judges the invariants of the ledger. @returns the violations, one line each */
  judge(gateway: readonly GatewayLedger[], definition: Registered): Promise<string[]>;
}

/** The stores of a run of `issuing`. */
export interface IssuingBackend {
  readonly name: Backend['name'];
  readonly unitOfWork: IssuingUnitOfWork;
  readonly reads: CouponReads;
  readonly campaigns: CampaignStore;
  /** Makes a backup. @returns a function that restores it; null where backups are not supported */
  backup(): (() => void) | null;
}

/** Gives each run empty stores, one run after the other. */
export interface Backends {
  next(): Promise<Backend>;
  nextIssuing(): Promise<IssuingBackend>;
  close(): Promise<void>;
}

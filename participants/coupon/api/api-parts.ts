/** The parts that routes and sockets use; `open-parts.ts` builds them. */
import type { Admission } from '#platform/http/admission.ts';
import type { ClientAddress } from '#platform/http/client-address.ts';
import type { Tokens } from '#platform/process/auth-tokens.ts';
import type { Logger } from '#platform/process/log.ts';
import type { CampaignStore, CouponReads } from '../issuing/store.ts';
import type { Intake } from './intake.ts';
import type { KnownCampaigns } from './known-campaigns.ts';
import type { Lookups } from './outcome-lookups.ts';
import type { PublicIds } from './public-ids.ts';
import type { Seal } from './seal.ts';
import type { ResultSockets } from './sockets/result-sockets.ts';

export interface CouponApiParts {
  readonly tokens: Tokens;
  /** Seals requests' public ids. */
  readonly requestIds: Seal;
  /** Writes them, and caches the latest. */
  readonly ids: PublicIds;
  /** Seals tickets for WebSockets. */
  readonly tickets: Seal;
  readonly campaignStore: CampaignStore;
  readonly reads: CouponReads;
  readonly campaigns: KnownCampaigns;
  readonly intake: Intake;
  readonly lookups: Lookups;
  /** Delivers a refusal from the cache to subscribers. */
  readonly refused: ResultSockets['refused'];
  readonly admission: Admission;
  /** Origins whose pages may call the API. */
  readonly origins: readonly string[];
  /** The address of a request's client. */
  readonly addressOf: ClientAddress;
  readonly log: Logger;
  readonly now: () => number;
}

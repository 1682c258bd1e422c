/**
 * Writes requests' public ids, and caches the latest: the API needs an id for the 202 and again to deliver the result, and
 * sealing it is most of the cost of a delivery.
 */
import { LRUCache } from 'lru-cache';
import { isPlaced, type RequestRef, writeRequestId } from './request-id.ts';
import type { Seal } from './seal.ts';

/** Some seconds of a burst, some 10 MB. */
const KEPT_MAX = 20_000;
/** More than a topic has partitions: partition and offset make one number. */
const PARTITIONS_MAX = 1_024;

interface Kept {
  readonly ref: RequestRef;
  readonly text: string;
  /** A text under a key that was rotated out would no longer open. */
  readonly sealer: object;
}

export interface PublicIds {
  /** The public id of a request. */
  write(ref: RequestRef): string;
}

/** Opens an empty cache. */
export function publicIds(seal: Seal): PublicIds {
  const kept = new LRUCache<number, Kept>({ max: KEPT_MAX });
  return {
    write(ref) {
      if (!isPlaced(ref)) return writeRequestId(seal, ref);
      const place = ref.offset * PARTITIONS_MAX + ref.partition;
      const known = kept.get(place);
      const { sealer } = seal;
      if (known !== undefined && known.sealer === sealer && isSame(known.ref, ref)) return known.text;
      const text = writeRequestId(seal, ref);
      kept.set(place, { ref, text, sealer });
      return text;
    },
  };
}

/** A recreated topic reuses its positions, so a hit must match in every field. */
function isSame(one: RequestRef, other: RequestRef): boolean {
  return (
    one.campaignId === other.campaignId &&
    one.userId === other.userId &&
    one.key === other.key &&
    one.acceptedAtMs === other.acceptedAtMs
  );
}

/**
 * Requests' public ids as they are written here, the last ones kept: a request's id is needed for its 202 and again when
 * its result is told, and the seal is most of what telling costs.
 */
import { LRUCache } from 'lru-cache';
import { type RequestRef, writeRequestId } from './request-id.ts';
import type { Seal } from './seal.ts';

/** Some seconds of a burst, some 10 MB. */
const KEPT_MAX = 20_000;
/** More than a topic has partitions: place and offset make one number. */
const PARTITIONS_MAX = 1_024;

export interface PublicIds {
  /** The public id of a request. */
  write(ref: RequestRef): string;
}

/** Nothing is kept at first. */
export function publicIds(seal: Seal): PublicIds {
  const kept = new LRUCache<number, { readonly ref: RequestRef; readonly text: string }>({ max: KEPT_MAX });
  return {
    write(ref) {
      if (ref.refused !== undefined) return writeRequestId(seal, ref);
      const place = ref.offset * PARTITIONS_MAX + ref.partition;
      const known = kept.get(place);
      if (known !== undefined && isSame(known.ref, ref)) return known.text;
      const text = writeRequestId(seal, ref);
      kept.set(place, { ref, text });
      return text;
    },
  };
}

/** A topic made anew gives its places again. */
function isSame(one: RequestRef, other: RequestRef): boolean {
  return (
    one.campaignId === other.campaignId &&
    one.userId === other.userId &&
    one.key === other.key &&
    one.acceptedAtMs === other.acceptedAtMs
  );
}

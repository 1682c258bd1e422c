/** Seals bytes into a text that only this API can make: the bytes and their MAC, as base64url. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/** 128 bits: too many to guess, and the text stays short. */
const MAC_BYTES = 16;
const KEY_BYTES = 32;

export interface Seal {
  /** Seals bytes. The text hides nothing; only this API can make it. */
  close(payload: Buffer): string;
  /** The bytes in a sealed text; null when the text was changed or sealed elsewhere. */
  open(text: string): Buffer | null;
  /** Another one once texts are sealed under another key. */
  readonly sealer: object;
}

/**
 * A seal under keys derived from secrets for one purpose: a text sealed for another purpose does not open. The ring's first
 * secret seals, all of them open.
 * @param secrets a ring, or the one secret of one
 * @param purpose names it, with a version
 */
export function sealUnder(secrets: KeyRing | Uint8Array, purpose: string): Seal {
  const keys = derivedKeys(secrets instanceof Uint8Array ? { secrets: [secrets] } : secrets, purpose);
  const sealing = () => keys()[0] as KeyObject;
  return {
    get sealer() {
      return sealing();
    },
    close: (payload) => Buffer.concat([payload, macOf(sealing(), payload)]).toString('base64url'),
    open(text) {
      const bytes = Buffer.from(text, 'base64url');
      // The decoder skips foreign characters; without this check many texts would open to one payload.
      if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== text) return null;
      const payload = bytes.subarray(0, -MAC_BYTES);
      const mac = bytes.subarray(-MAC_BYTES);
      return keys().some((key) => timingSafeEqual(macOf(key, payload), mac)) ? payload : null;
    },
  };
}

function macOf(key: KeyObject, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest().subarray(0, MAC_BYTES);
}

/** The keys of a ring's secrets, derived anew when the ring changes. */
function derivedKeys(ring: KeyRing, purpose: string): () => readonly KeyObject[] {
  let secrets: KeyRing['secrets'] = [];
  let keys: readonly KeyObject[] = [];
  return () => {
    if (secrets !== ring.secrets) {
      secrets = ring.secrets;
      // Key objects: a MAC takes 4 µs, with a key's bytes it takes 16.
      keys = secrets.map((secret) =>
        createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, KEY_BYTES))),
      );
    }
    return keys;
  };
}

/** The file of profiles: servers under names, and where the token of each comes from. It holds no token. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { CommandFailure, EXIT } from './failure.ts';

const PROFILES_MAX = 100;
const FILE_MAX_BYTES = 1_000_000;
/** For its owner alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

const name = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/i);
const text = z.string().min(1).max(2_000);
const source = z.discriminatedUnion('from', [
  z.strictObject({ from: z.literal('file'), path: text }),
  z.strictObject({ from: z.literal('env'), name: text }),
  z.strictObject({ from: z.literal('command'), command: text }),
  z.strictObject({
    from: z.literal('oidc'),
    issuer: text,
    clientId: text,
    secretFile: text,
    scope: text.optional(),
  }),
]);
const profile = z.strictObject({ url: text, couponsUrl: text.optional(), token: source.optional() });
const file = z.strictObject({
  current: name.nullable(),
  profiles: z.record(name, profile).refine((all) => Object.keys(all).length <= PROFILES_MAX),
});

export type Profile = z.output<typeof profile>;
export type TokenSource = z.output<typeof source>;
export type Profiles = z.output<typeof file>;

/** Whether a text can be a profile's name. */
export function isProfileName(given: string): boolean {
  return name.safeParse(given).success;
}

/**
 * The profiles; none where there is no file.
 * @throws CommandFailure when others may read the file, or when it is damaged
 */
export function readProfiles(folder: string): Profiles {
  const path = pathIn(folder);
  let mode: number;
  let content: string;
  try {
    const stat = statSync(path);
    mode = stat.mode & 0o777;
    if (stat.size > FILE_MAX_BYTES) throw damaged(path);
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: null, profiles: {} };
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(EXIT.failure, `${path} cannot be read: ${(error as Error).message}.`);
  }
  // It names commands that are run: nobody else may change it, and its paths are nobody's business.
  if ((mode & 0o077) !== 0)
    throw new CommandFailure(EXIT.usage, `${path} is open to others: run chmod 600 ${path}.`);
  try {
    return file.parse(JSON.parse(content));
  } catch {
    throw damaged(path);
  }
}

/** Replaces the file at once, so that a reader never sees half of it. */
export function writeProfiles(folder: string, profiles: Profiles): void {
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
  const path = pathIn(folder);
  const fresh = `${path}.${randomUUID()}`;
  try {
    writeFileSync(fresh, `${JSON.stringify(file.parse(profiles), null, 2)}\n`, {
      mode: FILE_MODE,
      flag: 'wx',
    });
    // Whatever the process's mask is.
    chmodSync(fresh, FILE_MODE);
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function pathIn(folder: string): string {
  return join(folder, 'profiles.json');
}

function damaged(path: string): CommandFailure {
  return new CommandFailure(EXIT.failure, `${path} holds no profiles: correct it, or remove it.`);
}

/** The user that PostgreSQL runs as: the present one, or, since it refuses root, an ordinary user of the machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StackProblem } from './problem.ts';

type Ids = { uid: number; gid: number };
export type ServerUser = Readonly<{
  /** The owner of the data folder; undefined: the present user. */
  owner?: Ids;
  /** Options with which `spawn` changes to that user. */
  ids?: Ids;
  /** Prefixes a command so that it runs as that user. */
  wrap(command: string[]): string[];
}>;

/**
 * The user for a server with its data below `folder` and its program at `program`. Under root: `postgres` where the
 * machine has it, else `nobody`; where that user cannot pass the folders above (a project under /root), it gets the
 * capability to.
 */
export function serverUser(folder: string, program: string): ServerUser {
  if (process.getuid?.() !== 0) return { wrap: (command) => command };
  const ids = idsOf('postgres') ?? idsOf('nobody');
  if (!ids) {
    throw new StackProblem(
      'PostgreSQL refuses to run as root and there is no other user: run `useradd postgres`.',
    );
  }
  mkdirSync(folder, { recursive: true });
  if (mayPass(folder, ids) && mayPass(dirname(program), ids)) {
    return { ids, owner: ids, wrap: (command) => command };
  }
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (!setpriv) {
    throw new StackProblem(
      `PostgreSQL refuses to run as root, and another user cannot enter ${folder}: move the project to a folder that all may enter, or run as an ordinary user.`,
    );
  }
  const flags = [`--reuid=${ids.uid}`, `--regid=${ids.gid}`, '--clear-groups'];
  // The last one makes the capability count for access(2) too, with which initdb checks for its server.
  const capability = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  return { wrap: (command) => [setpriv, ...flags, ...capability, ...command], owner: ids };
}

function idsOf(user: string): Ids | undefined {
  try {
    const id = (flag: string) =>
      Number(execFileSync('id', [flag, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function mayPass(folder: string, { uid, gid }: Ids): boolean {
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid: owner, gid: group } = statSync(at);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if (!(mode & bit)) return false;
    if (at === dirname(at)) return true;
  }
}

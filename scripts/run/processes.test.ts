import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { PARTICIPANTS } from '#participants/registry.ts';
import { processTable } from './processes.ts';
import { root } from './stack/places.ts';

const ALL = processTable({ engines: 2, issuers: 2, gateway: 'simulator', shop: true });
/** Compose scales a service instead of naming further processes; the demo shop runs on local stacks only. */
const SERVICES = processTable({ engines: 1, issuers: 1, gateway: 'simulator', shop: false });

describe('the process table', () => {
  it('has a process for each participant, each with a name and a port of its own', () => {
    expect(ALL.map(({ name }) => name)).to.include.members(PARTICIPANTS.map(({ name }) => name));
    for (const field of ['name', 'portOffset'] as const)
      expect(new Set(ALL.map((plan) => plan[field])).size, field).to.equal(ALL.length);
  });

  it('has a service in deploy/compose.yml for each process, with its command', () => {
    const compose = readFileSync(join(root, 'deploy/compose.yml'), 'utf8');
    const commands = [
      ...compose.matchAll(/^ {2}([\w-]+):\n {4}<<: \*process\n {4}command: \[(\S+)\]$/gm),
    ].map(([, name, command]) => [name, command]);
    expect(commands).to.have.deep.members(SERVICES.map(({ name, entry }) => [name, entry]));
  });
});

/** The registry matches the main files, the topics and the handlers. */
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { CHANNELS, TOPICS } from '#protocol/topics.ts';
import { HANDLERS } from './handlers.ts';
import { CONTRACTS, PARTICIPANTS } from './registry.ts';

describe('participants/registry.ts', () => {
  it('gives each participant a name, a port and a main file of its own', () => {
    for (const field of ['name', 'portOffset', 'main'] as const) {
      const values = PARTICIPANTS.map((entry) => entry[field]);
      expect(new Set(values).size, field).to.equal(values.length);
    }
    expect(PARTICIPANTS.filter(({ main }) => !existsSync(main))).to.deep.equal([]);
  });

  it('has a contract for each command channel, and a topic for each channel and reply', () => {
    expect(CONTRACTS.map(({ channel }) => channel)).to.have.members(Object.values(CHANNELS));
    const named = CONTRACTS.flatMap(({ channel, replies }) => [
      channel,
      ...Object.values(replies).map(({ topic }) => topic),
    ]);
    expect(TOPICS.map(({ name }) => name)).to.include.members(named);
  });

  it('has the handlers of each contract, under its name', () => {
    const listed = Object.entries(HANDLERS).map(([name, { participant }]) => [name, participant.contract]);
    expect(listed).to.have.deep.members(CONTRACTS.map((contract) => [contract.name, contract]));
  });
});

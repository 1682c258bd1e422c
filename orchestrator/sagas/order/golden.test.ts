/** Recorded histories, from real runs, against the code as it stands: the same states, the same messages out. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { type History, replay } from '#engine/replay.ts';
import { readHistory } from '#scripts/verify/golden/history-file.ts';
import { STORIES } from '#scripts/verify/golden/stories.ts';
import { sagas } from '../index.ts';
import { orderWithChangedRule } from './testing/next.ts';

const folder = new URL('golden/', import.meta.url);
const registered = sagas().map(register);
const histories = new Map<string, History>(
  readdirSync(folder).map((file) => [
    file.replace('.jsonl', ''),
    readHistory(readFileSync(new URL(file, folder), 'utf8')),
  ]),
);

describe('a recorded history', () => {
  it('is there for every story', () => {
    expect([...histories.keys()].sort()).to.deep.equal(STORIES.map(({ name }) => name).sort());
  });

  for (const [name, history] of histories) {
    const { birth, entries } = history;

    it(`goes the way it went: ${name}`, () => {
      const definition = registered.find(
        (one) => one.name === birth.definition && one.version === birth.definitionVersion,
      );
      if (definition === undefined)
        throw new Error(`${birth.definition} v${birth.definitionVersion} is gone`);
      expect(replay(() => definition, history)).to.equal(null);
      const story = STORIES.find((one) => one.name === name);
      expect(entries.at(-1)?.toState).to.equal(story?.ends);
    });
  }

  it('tells a changed rule, in the one story it concerns', () => {
    const changed = register(orderWithChangedRule());
    const concerned = [...histories].filter(([, history]) => replay(() => changed, history) !== null);
    const shipRefused = STORIES.filter(({ answers }) => answers?.['shipping.prepare'] === 'refuse');
    expect(concerned.map(([name]) => name).sort()).to.deep.equal(shipRefused.map(({ name }) => name).sort());
  });

  it('tells a message that was changed, and one that is missing', () => {
    const history = histories.get('forward');
    const [definition] = registered;
    if (history === undefined || definition === undefined) throw new Error('nothing to replay');
    const tampered = structuredClone(history.entries) as unknown as Array<{
      out: Array<{ event: { data: object } }>;
    }>;
    const charge = tampered[1]?.out[0];
    if (charge === undefined) throw new Error('the second transition sends nothing');
    Object.assign(charge.event.data, { amount: 1 });
    const changed = replay(() => definition, { ...history, entries: tampered as never });
    expect(changed).to.include({ what: 'messages', was: 'payment.charge amount: 1' });
    tampered[1]?.out.pop();
    expect(replay(() => definition, { ...history, entries: tampered as never })).to.include({
      was: 'nothing sent',
      wouldBe: 'payment.charge',
    });
  });
});

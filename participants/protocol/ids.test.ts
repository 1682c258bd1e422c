import { expect } from 'chai';
import {
  commandId,
  commandNumber,
  commandTypeOf,
  isUuid,
  partitionOf,
  uuidv7,
  uuidv7Floor,
  uuidv7InPartition,
  uuidv7Ms,
} from './ids.ts';

describe('ids', () => {
  const now = Date.parse('2026-11-22T10:00:00.123Z');
  const saga = uuidv7(now);

  it('are UUIDs of version 7 that contain their time and sort by it', () => {
    expect(saga).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(isUuid(saga)).to.equal(true);
    expect(uuidv7Ms(saga)).to.equal(now);
    expect(saga >= uuidv7Floor(now) && saga < uuidv7Floor(now + 1)).to.equal(true);
  });

  // Regression: a search for sagas older than a hundred years was answered 500.
  it('are bounded by an instant that no UUID holds', () => {
    expect(uuidv7Floor(-1)).to.equal('00000000-0000-7000-8000-000000000000');
    expect(uuidv7Floor(Date.UTC(20_000, 0))).to.equal('ffffffff-ffff-7000-8000-000000000000');
  });

  it('do not repeat', () => {
    const many = Array.from({ length: 10_000 }, () => uuidv7(now));
    expect(new Set(many)).to.have.length(10_000);
  });

  it('land in the requested partition', () => {
    for (let partition = 0; partition < 12; partition++) {
      expect(partitionOf(uuidv7InPartition(now, partition))).to.equal(partition);
    }
  });

  it('land in the partition of Kafka’s murmur2 (the vectors of its UtilsTest)', () => {
    const vectors: Record<string, number> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    };
    for (const [key, hash] of Object.entries(vectors)) {
      expect(partitionOf(key, 1_000_003), key).to.equal((hash & 0x7fffffff) % 1_000_003);
    }
  });

  it('of no UTF-8 land where Kafka’s murmur2 puts their bytes', () => {
    const vectors: Array<[number[], number]> = [
      [[0x61, 0x64, 0xff], 1043657102],
      [[0xff, 0xfe, 0x80, 0x00, 0xc3], 520567406],
    ];
    for (const [bytes, hash] of vectors)
      expect(partitionOf(Buffer.from(bytes), 1_000_003)).to.equal((hash & 0x7fffffff) % 1_000_003);
  });

  it('of commands name their saga, type and number', () => {
    expect(commandId(saga, 'payment.charge', 1)).to.equal(`${saga}/payment.charge`);
    expect(commandId(saga, 'payment.charge', 2)).to.equal(`${saga}/payment.charge#2`);
    for (const nth of [1, 2, 9, 10, 31]) {
      expect(commandTypeOf(commandId(saga, 'payment.charge', nth), saga)).to.equal('payment.charge');
      expect(commandNumber(commandId(saga, 'payment.charge', nth))).to.equal(nth);
    }
  });

  it('of no command have no type', () => {
    const other = uuidv7(now);
    for (const id of [
      '',
      saga,
      `${saga}/`,
      `${saga}/payment.charge#1`,
      `${saga}/payment.charge#02`,
      `${other}/payment.charge`,
    ]) {
      expect(commandTypeOf(id, saga), id).to.equal(null);
    }
  });
});

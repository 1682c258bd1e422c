/** A day of the simulation with one cause planted: its orders, and what people, participants and defects do to them. */
import { type ActionName, actionMessage } from '#engine/control.ts';
import { newSaga, startMessage } from '#engine/definition/start-message.ts';
import type { SagaRow } from '#engine/saga.ts';
import type { StoredSaga } from '#orchestrator/store/testing/memory-store.ts';
import { encode } from '#protocol/codec.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { noticeId, partitionOf, replyId } from '#protocol/ids.ts';
import { SAGA_CONTROL, SAGA_REPLIES } from '#protocol/topics.ts';
import { memoryBackends } from '../memory-backend.ts';
import { useVirtualTime } from '../virtual-time.ts';
import { type DayOptions, PlantedProcesses } from './planted-processes.ts';

const PARTITION = 3;

export class PlantedDay extends PlantedProcesses {
  #orders = 0;
  #actions = 0;

  /** Runs `plant` on a day of its own. */
  static async run<T>(options: DayOptions, plant: (day: PlantedDay) => Promise<T>): Promise<T> {
    const backends = memoryBackends();
    const day = new PlantedDay(await backends.next(), options.hurried ?? false);
    const giveBack = useVirtualTime(day.world.scheduler, day.world.random);
    try {
      await day.open(options);
      return await plant(day);
    } finally {
      giveBack();
    }
  }

  /** Runs until the saga is in a state. @throws when it does not come there within five minutes */
  async until(id: string, state: string): Promise<void> {
    const limit = this.world.nowMs + 300_000;
    while (this.row(id).state !== state) {
      if (this.world.nowMs > limit) throw new Error(`${id} is in ${this.row(id).state}, never in ${state}`);
      await this.run(10);
    }
  }

  row(id: string): SagaRow {
    const found = this.store.tables.sagas.get(id);
    if (found === undefined) throw new Error(`there is no saga ${id}`);
    return found.row;
  }

  /** A stored order. @param published false: its start is lost, as when its API dies */
  place(
    change: Readonly<Record<string, unknown>> = {},
    { published = true, partition = PARTITION, version = 1 } = {},
  ): string {
    this.#orders += 1;
    const { random, nowMs } = this.world;
    let id: string;
    do {
      const tail = random
        .below(2 ** 32)
        .toString(16)
        .padStart(12, '0');
      const time = Math.floor(nowMs).toString(16).padStart(12, '0');
      id = `${time.slice(0, 8)}-${time.slice(8)}-7${this.#orders.toString(16).padStart(3, '0')}-8000-${tail}`;
    } while (partitionOf(id) !== partition);
    const input = {
      customerId: 'customer-1',
      items: [{ sku: 'SKU-1', quantity: 1 }],
      currency: 'EUR',
      amount: 5_000,
      payment: { method: 'pm_card_visa' },
      shippingAddress: { country: 'DE' },
      ...change,
    };
    const createdAt = new Date(Math.floor(nowMs));
    const row = {
      ...newSaga(this.definition, { id, partition, input, createdAt }),
      definitionVersion: version,
    };
    this.store.insertSaga(row, new Date(nowMs + 10_000));
    if (published) this.bus.write(startMessage(this.definition, row));
    return id;
  }

  /** A person's action, published as the API does. @param taken false: it is stored, and published to nobody */
  act(id: string, action: ActionName, params?: Record<string, unknown>, { taken = true } = {}): void {
    this.#actions += 1;
    const { revision } = this.row(id);
    const data = {
      actionId: `a0000000-0000-4000-8000-${String(this.#actions).padStart(12, '0')}`,
      action,
      revision: action === 'cancel' ? null : revision,
      actor: 'olga',
      reason: 'a test of reasons',
      ...(params && { params }),
    };
    const at = new Date(this.world.nowMs);
    this.store.insertAction(id, data, at, new Date(at.getTime() + 600_000));
    if (taken) this.bus.write(actionMessage(id, data, at.getTime()));
  }

  /** A participant's reply to a command, whoever sends it. */
  reply(id: string, type: string, command: string, data: unknown = {}): void {
    const commandid = `${id}/${command}`;
    const topic = this.definition.replies.get(type)?.topic ?? SAGA_REPLIES;
    this.send(topic, id, { id: replyId(commandid), type, commandid, source: `/${type.split('.')[0]}`, data });
  }

  /** A participant's notice about a command. */
  notice(id: string, type: string, command: string, data: { code: string; text: string }): void {
    const commandid = `${id}/${command}`;
    const source = `/${type.split('.')[0]}`;
    this.send(SAGA_REPLIES, id, {
      id: noticeId(commandid, this.world.random.below(9_999)),
      type,
      commandid,
      source,
      data,
    });
  }

  send(topic: string, id: string, parts: Partial<Envelope>): void {
    const envelope: Envelope = {
      specversion: '1.0',
      id: `${id}/planted`,
      type: 'planted',
      source: '/planted',
      time: new Date(this.world.nowMs).toISOString(),
      subject: id,
      datacontenttype: 'application/json',
      data: {},
      ...parts,
    };
    this.bus.write({ topic, key: id, value: encode(envelope) });
  }

  /** Records of other sagas in the planted partition, which the engines read and set aside. */
  fill(topic: string, count: number): void {
    const id = this.place({}, { published: false });
    for (let n = 0; n < count; n++)
      this.send(topic, id, {
        id: `${id}/filling/${n}`,
        type: 'saga.timer',
        data: { name: 'none', generation: 1 },
      });
  }

  get controlTopic(): string {
    return SAGA_CONTROL;
  }

  /** Changes the row as a defect would. */
  edit(id: string, change: (row: SagaRow) => Partial<SagaRow>): void {
    const sagas = this.store.tables.sagas as unknown as Map<string, StoredSaga>;
    const found = sagas.get(id);
    if (found !== undefined) sagas.set(id, { ...found, row: { ...found.row, ...change(found.row) } });
  }

  /** No sweeper checks it before. */
  postpone(id: string, ms: number): void {
    const sagas = this.store.tables.sagas as unknown as Map<string, StoredSaga>;
    const found = sagas.get(id);
    if (found !== undefined) sagas.set(id, { ...found, dueAt: new Date(this.world.nowMs + ms) });
  }
}

/** The orders scene: customers, the product's processes, people who act on sagas, and the ledger that judges. */
import { LISTS } from '#participants/payment/reversal.ts';
import type { Backend } from './backend.ts';
import { Bus } from './bus.ts';
import { Customers } from './customers.ts';
import { versionsOf } from './definition.ts';
import { scheduleFaults } from './inject-faults.ts';
import { People } from './people.ts';
import { KINDS, openProduct, type ProcessKind } from './processes.ts';
import { unpublishedUses } from './published-uses.ts';
import type { Scene } from './run-scene.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';
import { World } from './world.ts';

/** The scene of a seed, on empty stores. */
export function ordersScene(seed: number, backend: Backend): Scene {
  const world = new World(seed);
  const bus = new Bus(world);
  const product = openProduct(world, bus, backend);
  const { names } = product.apis;
  const people = new People(world, bus, backend);
  const customers = new Customers(world, product.apis, people, backend);
  const orders = () => [...names.keys()];
  return {
    ...{ name: 'orders', backend: backend.name, world, bus, kinds: KINDS, names },
    start: (kind, life) => product.start[kind as ProcessKind](life),
    open: () => customers.open(),
    beginChaos(lives) {
      scheduleFaults({ world, bus, backend, gateway: product.gateway, lives, orders });
      if (!world.faults.day.unattended) people.beOnCall(orders);
    },
    unsettled: async () => ({
      unanswered: customers.unanswered,
      ...(await backend.unsettled()),
      undecided: product.gateway.moves.undecided,
      unseen: await unseenMoney(backend, product.gateway),
    }),
    plans: () => people.plansEnded(),
    judge: async () => [
      ...(await customers.judge()),
      ...(await backend.judge(product.gateway.ledger(), versionsOf(world.faults.day).current)),
      ...unpublishedUses(bus),
      ...(await people.judge()),
    ],
  };
}

/** Money that moved at the gateway and is not in payment's ledger yet, and incidents that are not published. */
async function unseenMoney(backend: Backend, gateway: SimulatedGateway): Promise<number> {
  const listed = LISTS.flatMap((name) => gateway.listed(name));
  return backend.payment.alone(async (store) => {
    const [unseen, unpublished] = [await store.differing(listed), await store.readUnpublished(1)];
    return unseen.length + unpublished.length;
  });
}

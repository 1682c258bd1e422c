import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { engineTopics } from '#engine/read-message.ts';
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { EVENT_READERS, TOPICS } from '#protocol/topics.ts';
import { CONTRACTS } from '../registry.ts';
import { ACCESS, accessOf } from './access.ts';
import { createRoles, grantDatabase, ownDatabase } from './database-roles.ts';
import { kafkaAcls, kafkaToolCommands, strimziUsers } from './kafka-acls.ts';
import { redisAclFile } from './redis-users.ts';

const writersOf = (topic: string) =>
  ACCESS.filter(({ writes }) => writes.includes(topic)).map(({ process }) => process);

describe('the list of who may do what', () => {
  it('gives the engine the topics it reads, and its group', () => {
    const definitions = sagas().map(register);
    const engine = accessOf('engine-2');
    expect([...(engine?.reads ?? [])].sort()).to.deep.equal(engineTopics(definitions).sort());
    expect(engine?.groups).to.deep.equal([ENGINE_GROUP]);
  });

  it('lets one participant alone write each topic of a success', () => {
    for (const { name, replies } of CONTRACTS)
      for (const { topic } of Object.values(replies))
        if (topic !== 'saga-replies') expect(writersOf(topic), topic).to.deep.equal([name]);
  });

  it('lets the engine alone command', () => {
    for (const { channel } of CONTRACTS) expect(writersOf(channel)).to.deep.equal(['engine']);
  });

  it('names topics that exist, each with a writer, and every reader of events', () => {
    const known = TOPICS.map(({ name }) => name);
    for (const { reads, writes, describes } of ACCESS)
      expect(known).to.include.members([...reads, ...writes, ...describes]);
    expect(known.filter((topic) => writersOf(topic).length === 0)).to.deep.equal([]);
    for (const { group, topics } of EVENT_READERS) expect(accessOf(group)?.reads).to.deep.equal(topics);
  });

  it('lets the processes that create partitions own their tables', () => {
    for (const { name } of PARTITIONED)
      expect(accessOf('engine')).to.include({ schema: name.split('.')[0], keepsPartitions: true });
  });

  it('becomes ACLs for Kafka’s tools and for Strimzi, with the prefix of a system', () => {
    expect(kafkaAcls('shop.')).to.deep.include({
      principal: 'payment',
      resource: 'topic',
      name: 'shop.payment-completed',
      pattern: 'literal',
      operations: ['Write'],
    });
    expect(kafkaToolCommands()).to.contain(
      "--allow-principal User:payment --operation Write --topic 'payment-completed' --resource-pattern-type literal",
    );
    expect(strimziUsers('main')).to.contain(
      '      - resource: { type: group, name: "payment", patternType: literal }\n        operations: [Read]',
    );
  });

  it('becomes roles of PostgreSQL and users of Redis', () => {
    expect(createRoles()).to.contain('CREATE ROLE "shipping" LOGIN');
    expect(grantDatabase('saga')).to.contain('ON ALL TABLES IN SCHEMA shipping TO "shipping"');
    expect(ownDatabase("the shop's"))
      .to.contain(`datname = 'the shop''s'`)
      .and.to.contain(`ALTER DATABASE "the shop's" OWNER TO "saga_owner"`);
    const file = redisAclFile((user) => `password of ${user}`, 'admin');
    expect(file)
      .to.match(/^user default off\n/)
      .and.to.match(/user coupons on #[0-9a-f]{64} .*~coupon:\*/);
    expect(file).not.to.contain('password of');
  });

  it('lets the exporters see statistics alone', () => {
    expect(createRoles()).to.contain('GRANT pg_monitor TO "postgres-exporter";');
    expect(grantDatabase('saga')).not.to.contain('postgres-exporter');
    const rules = redisAclFile(() => 'p', 'admin')
      .split('\n')
      .find((line) => line.startsWith('user redis-exporter '));
    expect(rules).to.match(
      / resetkeys resetchannels -@all \+ping \+info( \+(client|slowlog|latency)\|\w+)*$/,
    );
  });
});

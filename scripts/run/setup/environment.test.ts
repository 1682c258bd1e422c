/** What a shell sets for other systems does not reach the local stack. */
import { expect } from 'chai';
import { environmentOf, type Surroundings } from '../processes.ts';
import { commandEnvironment, localEnvironment } from './environment.mjs';

const HOSTILE = {
  PGHOST: 'prod',
  PGUSER: 'x',
  PGPASSWORD: 'x',
  PGOPTIONS: '-c search_path=x',
  PGSSLMODE: 'require',
  PGDATESTYLE: 'German',
  PGDATABASE: 'x',
  NODE_OPTIONS: '--require /nowhere.js',
  KAFKA_OPTS: '-javaagent:/nowhere.jar',
  KAFKA_HEAP_OPTS: '-Xmx1m',
  JAVA_TOOL_OPTIONS: '-agentlib:nothing',
  JDK_JAVA_OPTIONS: '-Xmx1m',
  _JAVA_OPTIONS: '-Xmx1m',
  CLASSPATH: '/nowhere',
  LC_ALL: 'tr_TR.ISO-8859-9',
  LC_NUMERIC: 'de_DE',
  REDISCLI_AUTH: 'x',
  DATABASE_URL: 'postgresql://prod/x',
  COUPON_DATABASE_URL: 'postgresql://prod/x',
};
const KEPT = {
  PATH: '/bin',
  HOME: '/home/a',
  TZ: 'Asia/Seoul',
  COUPON_ORIGINS: 'https://shop.example',
  LOG_LEVEL: 'debug',
};

describe('the environment of the local stack', () => {
  it('holds no setting of another system, and keeps the others', () => {
    const environment = localEnvironment({ ...HOSTILE, ...KEPT });
    expect(environment).to.include(KEPT);
    for (const [name, value] of Object.entries(HOSTILE)) expect(environment[name], name).not.to.equal(value);
  });

  it('reaches this machine without the proxy', () => {
    expect(localEnvironment({ HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'intranet' })).to.include({
      HTTP_PROXY: 'http://proxy:3128',
      NO_PROXY: 'intranet,127.0.0.1,localhost,[::1]',
    });
    expect(localEnvironment({}).no_proxy).to.equal('127.0.0.1,localhost,[::1]');
  });

  it('is that of each process', () => {
    const around = { kafka: 'k', databaseUrl: 'd', redis: 'r' } as Partial<Surroundings> as Surroundings;
    const environment = environmentOf(around, { ...HOSTILE, ...KEPT });
    expect(environment).to.include({ ...KEPT, DATABASE_URL: 'd', KAFKA_BROKERS: 'k' });
    for (const name of ['PGSSLMODE', 'PGHOST', 'COUPON_DATABASE_URL', 'JAVA_TOOL_OPTIONS'])
      expect(environment, name).not.to.have.property(name);
  });

  it('leaves a command the settings of the server that a DATABASE_URL names, and of no other', () => {
    const given = { PGSSLMODE: 'require', PATH: '/bin' };
    expect(commandEnvironment(given)).to.deep.equal({ PATH: '/bin' });
    const elsewhere = { ...given, INVENTORY_DATABASE_URL: 'postgresql://prod/x' };
    expect(commandEnvironment(elsewhere)).to.deep.equal(elsewhere);
    expect(commandEnvironment({ ...given, DATABASE_URL: '' })).not.to.have.property('PGSSLMODE');
  });
});

import { expect } from 'chai';
import { addressesIn } from './database-servers.ts';

describe('the servers in the address of a database', () => {
  for (const [address, servers] of [
    ['postgresql://u@h:1/d', ['postgresql://u@h:1/d']],
    ['postgresql://u@a:1,b:2/d', ['postgresql://u@a:1/d', 'postgresql://u@b:2/d']],
    ['postgres://a,b', ['postgres://a', 'postgres://b']],
    [
      'postgresql://u:p,q@[::1]:1,b/d?sslmode=verify-full&x=1,2',
      [
        'postgresql://u:p,q@[::1]:1/d?sslmode=verify-full&x=1,2',
        'postgresql://u:p,q@b/d?sslmode=verify-full&x=1,2',
      ],
    ],
    ['postgresql:///d?host=/run/postgresql', ['postgresql:///d?host=/run/postgresql']],
    ['localhost:5432', ['localhost:5432']],
  ] as const) {
    it(`are ${servers.length} in ${address}`, () => {
      expect(addressesIn(address)).to.deep.equal(servers);
    });
  }
});

import { expect } from 'chai';
import { whyNotIn } from './folder.mjs';

describe('the folder of the project', () => {
  for (const folder of [
    "/home/ann/my shop, 2nd (new) 'copy'",
    '/srv/shop:2',
    '/srv/100%25#1',
    '/srv/лавка-店-é',
    '/srv/a[b]?!;&{c}',
  ])
    it(`can be ${folder}`, () => {
      expect(whyNotIn(folder)).to.equal(null);
    });

  for (const [folder, letter] of [
    ['/srv/$HOME', '"$"'],
    ['/srv/`id`', '"`"'],
    ['/srv/a"b', '"\\""'],
    ['/srv/a*', '"*"'],
    ['/srv/a\\b', '"\\\\"'],
    ['/srv/a\nb', '"\\n"'],
  ] as const)
    it(`cannot be ${JSON.stringify(folder)}, and the sentence names the letter`, () => {
      expect(whyNotIn(folder)).to.contain(`its path has ${letter}`);
    });
});

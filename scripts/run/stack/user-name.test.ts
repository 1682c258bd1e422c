import { expect } from 'chai';
import { userName } from './user-name.ts';

describe('the name of the user', () => {
  it('is the system’s, or the id of a user that the system has no entry for', () => {
    expect(userName(() => ({ username: 'olga' }))).to.equal('olga');
    const none = () => {
      throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT');
    };
    expect(userName(none)).to.equal(`uid-${process.getuid?.()}`);
  });
});

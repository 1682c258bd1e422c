/** Letters that the path of the project's folder cannot have, because a program that gets the path would misread it. */

/** @type {ReadonlyArray<readonly [letter: RegExp, why: string]>} */
const IMPOSSIBLE = [
  [/[$`"]/, 'PostgreSQL’s initdb gives the path to a shell, which would replace it'],
  [/\*/, 'Node would replace it in the paths of the modules'],
  [/\\/, 'Node loads no module from such a path'],
  [/\p{Cc}/u, 'the servers’ settings hold the path in one line'],
];

/**
 * Why the project cannot run in a folder, with what to do; null: it can.
 * @param {string} folder
 * @returns {string | null}
 */
export function whyNotIn(folder) {
  for (const [letter, why] of IMPOSSIBLE) {
    const found = letter.exec(folder)?.[0];
    if (found === undefined) continue;
    return `The project cannot run in ${JSON.stringify(folder)}: its path has ${JSON.stringify(found)}, and ${why}. Move it to a folder without this letter.`;
  }
  return null;
}

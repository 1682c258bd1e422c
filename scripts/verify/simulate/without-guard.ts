/**
 * Loaded ahead of the product by a trial's worker: takes one guard out of the source as it is read. The product itself
 * has no switch for it.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '#scripts/run/stack/places.ts';
import { GUARDS } from './guards.ts';

const guard = GUARDS.find(({ name }) => name === process.env['WITHOUT_GUARD']);
if (guard === undefined) throw new Error(`there is no guard ${process.env['WITHOUT_GUARD']}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const edits = guard.edits.filter(
      ({ file }) => url.startsWith('file:') && fileURLToPath(url) === join(root, file),
    );
    if (edits.length === 0 || loaded.source == null) return loaded;
    const source = edits.reduce((text, edit) => {
      if (text.split(edit.text).length !== 2)
        throw new Error(`the guard "${guard.name}" is not found, once, in ${edit.file}: ${edit.text}`);
      return text.replace(edit.text, () => edit.instead);
    }, Buffer.from(loaded.source as Uint8Array).toString());
    return { ...loaded, source };
  },
});

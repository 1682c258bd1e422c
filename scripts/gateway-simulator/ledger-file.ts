/** The ledger file' file: every effect is written and synced, in groups, before the call that had it is answered. */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { type Effect, Ledger } from './ledger.ts';

/** The ledger file: read back at start, appended to from then on. */
export class LedgerFile {
  readonly ledger: Ledger;
  readonly #file: FileHandle;
  #waiting: string[] = [];
  #written: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  private constructor(file: FileHandle, ledger: Ledger) {
    this.#file = file;
    this.ledger = ledger;
  }

  /**
   * Opens the file, makes it where it is missing, and reads it back. A last line that a crash has torn is cut off:
   * its call was never answered.
   * @throws Error when any other line cannot be read: ledger file that are damaged are not gone on with
   */
  static async open(path: string): Promise<LedgerFile> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a+');
    const ledger = new Ledger();
    try {
      await file.truncate(await readBack(file, ledger));
    } catch (error) {
      await file.close();
      throw error;
    }
    return new LedgerFile(file, ledger);
  }

  /** Applies effects at once and writes them with the next group. */
  add(effects: readonly Effect[]): void {
    for (const effect of effects) {
      this.ledger.apply(effect);
      this.#waiting.push(JSON.stringify(effect));
    }
  }

  /** Resolves when everything added so far is on the disk: an answer must survive a crash. */
  durable(): Promise<void> {
    if (this.#waiting.length === 0) return this.#written;
    this.#next ??= this.#written.then(() => this.#write());
    return this.#next;
  }

  /** Empties the ledger, on the disk too. */
  async reset(): Promise<void> {
    await this.durable();
    await this.#file.truncate(0);
    this.ledger.clear();
  }

  async close(): Promise<void> {
    await this.durable();
    await this.#file.close();
  }

  #write(): Promise<void> {
    const lines = `${this.#waiting.join('\n')}\n`;
    this.#waiting = [];
    this.#written = this.#next ?? Promise.resolve();
    this.#next = null;
    return this.#file.appendFile(lines).then(() => this.#file.datasync());
  }
}

/** Applies every whole line; returns the length of the file up to the last one, bytes. */
async function readBack(file: FileHandle, ledger: Ledger): Promise<number> {
  const { size } = await file.stat();
  if (size === 0) return 0;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  const endsWhole = last.toString() === '\n';
  let whole = 0;
  let held: string | null = null;
  const take = (line: string) => {
    ledger.apply(JSON.parse(line) as Effect);
    whole += Buffer.byteLength(line) + 1;
  };
  const input = file.createReadStream({ start: 0, autoClose: false, encoding: 'utf8' });
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (held !== null) take(held);
    held = line;
  }
  if (held !== null && endsWhole) take(held);
  return whole;
}

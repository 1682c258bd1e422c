/** Tells whether a file's bytes are UTF-8 text, and where they are not, what they seem to be. */
import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;

/** The problem with a file's encoding, with its line and its likely name; null when it is UTF-8 text. */
export function textProblem(bytes: Buffer): string | null {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return advice(1, 'UTF-16');
  const zero = bytes.indexOf(0);
  if (zero !== -1) {
    const line = lineAt(bytes, zero);
    // Every other byte of plain letters in UTF-16 is 0.
    return bytes[zero + 2] === 0 || bytes[zero - 2] === 0
      ? advice(line, 'UTF-16')
      : `line ${line}: it holds U+0000, so it is no text`;
  }
  if (isUtf8(bytes)) return null;
  for (let from = 0, line = 1; from < bytes.length; line++) {
    const end = bytes.indexOf(NEWLINE, from);
    const until = end === -1 ? bytes.length : end;
    const text = bytes.subarray(from, until);
    if (!isUtf8(text)) return advice(line, guessOf(text));
    from = until + 1;
  }
  return advice(1, 'another encoding');
}

function advice(line: number, encoding: string): string {
  return `line ${line}: it is not UTF-8 but, it seems, ${encoding}: save the file as UTF-8 ("CSV UTF-8" in a spreadsheet)`;
}

function lineAt(bytes: Buffer, at: number): number {
  return bytes.subarray(0, at).filter((byte) => byte === NEWLINE).length + 1;
}

/** 0x80-0x9F are letters and signs in Windows-1252, and control characters in ISO 8859-1. */
function guessOf(line: Buffer): string {
  return line.some((byte) => byte >= 0x80 && byte <= 0x9f) ? 'Windows-1252' : 'Windows-1252 or ISO 8859-1';
}

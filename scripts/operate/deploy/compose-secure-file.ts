/** The text of `deploy/compose.secure.yml`. */
import { Document, isSeq, parse } from 'yaml';
import { secretFiles } from './compose-secrets.ts';
import { composeSecure } from './objects/compose-secure.ts';
import { composeFile } from './participants-files.ts';

const OPENING = `# Laid over compose.yml: TLS at every server, and a principal with its own rights for each process.
#   npm run deploy -- compose-secrets
#   docker compose -f deploy/compose.yml -f deploy/compose.secure.yml up --build
# Generated: npm run deploy -- --write
`;

export function composeSecureFile(): string {
  const plain = parse(composeFile(), { merge: true });
  const document = new Document(composeSecure(plain.services.redis.command, secretFiles()), {
    aliasDuplicateObjects: false,
  });
  for (const name of Object.keys(plain.services)) {
    const secrets = document.getIn(['services', name, 'secrets'], true);
    // Compose would add them to the plain file's, among which is the superuser's password.
    if (isSeq(secrets) && name !== 'postgres') secrets.tag = '!override';
  }
  return OPENING + document.toString({ lineWidth: 130 });
}

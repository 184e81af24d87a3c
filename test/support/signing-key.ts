import { importPKCS8 } from 'jose';
import { createSealer } from '../../src/domain/keys/sealing.ts';
import { loadInstanceKey } from '../../src/store/instance-key.ts';
import type { TestApp } from './app.ts';

/** The private key that signs the registry's bearer tokens, taken out of the database as nobody but its server can. */
export async function registryKeyOf({ db, folder }: TestApp) {
  const query = db.selectFrom('signing_keys').selectAll().where('retired_at', 'is', null);
  const { id, sealed } = await query.executeTakeFirstOrThrow();
  const pem = createSealer(loadInstanceKey(folder)).open(sealed, `signing key registry ${id}`);
  return { kid: id, key: await importPKCS8(pem.reveal(), 'ES256') };
}

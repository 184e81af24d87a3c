import { writeFileSync } from 'node:fs';
import type { TestClient } from './client.ts';

/** The configuration of podman, buildah and skopeo that keeps all their data in the client's folder. */
export function containersEnv(client: TestClient): Record<string, string> {
  writeFileSync(
    client.path('storage.conf'),
    `[storage]\ndriver="vfs"\nrunroot="${client.path('run')}"\ngraphroot="${client.path('graph')}"\n`,
  );
  return {
    CONTAINERS_STORAGE_CONF: client.path('storage.conf'),
    REGISTRY_AUTH_FILE: client.path('auth.json'),
    XDG_RUNTIME_DIR: client.home,
  };
}

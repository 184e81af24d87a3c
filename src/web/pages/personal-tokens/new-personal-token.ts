import type { PersonalScope } from '../../../domain/personal-tokens/scopes.ts';
import { tokenFormFor } from '../../views/token-form.tsx';

const ALLOWS: Readonly<Record<PersonalScope, string>> = {
  api: 'Everything that you can do with the API, with git, with packages and with the registry.',
  read_api: 'See everything that you can see with the API, and install packages.',
  read_repository: 'Clone and fetch.',
  write_repository: 'Clone, fetch and push.',
  read_registry: 'Pull container images.',
  write_registry: 'Push container images. A docker push pulls too, so tick read_registry with it.',
};

export const NewPersonalToken = tokenFormFor({
  what: 'personal access token',
  nameHint: 'The program that will use it.',
  allows: ALLOWS,
});

import type { PersonalScope } from '../../../domain/personal-tokens/scopes.ts';
import { tokenFormFor } from '../../views/token-form.tsx';

const ALLOWS: Readonly<Record<PersonalScope, string>> = {
  api: 'Everything you can do, through the API, git, packages and the registry.',
  read_api: 'Read everything you can see, through the API, and install packages.',
  read_repository: 'Clone and fetch.',
  write_repository: 'Clone, fetch and push.',
  read_registry: 'Pull container images.',
  write_registry: 'Push container images. docker push also pulls, so select read_registry too.',
};

export const NewPersonalToken = tokenFormFor({
  what: 'personal access token',
  nameHint: 'The program that will use it.',
  allows: ALLOWS,
});

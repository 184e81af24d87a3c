import type { NamedPackage, SetupTarget, Snippet } from '../../http/setup.ts';

/** Snippets to publish and fetch a file. The first shows an error body; the others must not write one into the file. */
export function setup({ base, projectId, username, token }: SetupTarget): Snippet[] {
  const url = `${base}/api/v4/projects/${projectId}/packages/generic/my_package/1.0.0/file.txt`;
  return [
    {
      title: 'Publish a file',
      language: 'sh',
      needs: 'write_package_registry',
      text: `curl --fail-with-body --location --header "DEPLOY-TOKEN: ${token}" \\\n  --upload-file file.txt "${url}"`,
    },
    {
      title: 'Fetch it',
      language: 'sh',
      text: `curl --fail --location --header "DEPLOY-TOKEN: ${token}" \\\n  --output file.txt "${url}"`,
    },
    {
      title: 'The same with a user name and password',
      language: 'sh',
      text: `curl --fail --location --user "${username}:${token}" \\\n  --output file.txt "${url}"`,
    },
  ];
}

/** Snippets to fetch a file of a version. */
export function install({ base, projectId, token }: SetupTarget, { name, version, file }: NamedPackage): Snippet[] {
  if (file === null) return [];
  const path = [name, version, ...file.split('/')].map(encodeInShell).join('/');
  const saved = inShell(file.slice(file.lastIndexOf('/') + 1));
  return [
    {
      title: 'Fetch it',
      language: 'sh',
      text: `curl --fail --location --header "DEPLOY-TOKEN: ${token}" \\\n  --output ${saved} "${base}/api/v4/projects/${projectId}/packages/generic/${path}"`,
    },
  ];
}

/** A part of an address, for a word in double quotes: in these an exclamation mark has a meaning. */
const encodeInShell = (part: string) => encodeURIComponent(part).replaceAll('!', '%21');

/** A file name as one word of a shell. */
const inShell = (text: string) =>
  /^[A-Za-z0-9._+~@-]+$/.test(text) ? `"${text}"` : `'${text.replaceAll("'", String.raw`'\''`)}'`;

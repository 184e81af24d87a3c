import type { SetupTarget, Snippet } from '../../http/setup.ts';

const GRADLE = { file: 'build.gradle', language: 'groovy' } as const;

/** Gradle 4.7 and later can send a header; every version can send a username and password. */
export function gradleSnippets(project: string, group: string, { username, token }: SetupTarget): Snippet[] {
  const byPassword = [
    'credentials(PasswordCredentials) {',
    `    username = '${username}'`,
    `    password = '${token}'`,
    '}',
    'authentication {',
    '    basic(BasicAuthentication)',
    '}',
  ];
  const byHeader = [
    'credentials(HttpHeaderCredentials) {',
    "    name = 'Deploy-Token'",
    `    value = '${token}'`,
    '}',
    'authentication {',
    '    header(HttpHeaderAuthentication)',
    '}',
  ];
  return [
    {
      title: 'Gradle: resolve with a user name and password',
      ...GRADLE,
      text: repositories(group, byPassword).join('\n'),
    },
    {
      title: 'Gradle 4.7 and later: resolve with a header',
      ...GRADLE,
      text: repositories(group, byHeader).join('\n'),
      untested: 'the tests have Gradle 4.4, which has no such credentials.',
    },
    publishing(project, byHeader),
  ];
}

const publishing = (project: string, credentials: readonly string[]): Snippet => ({
  title: 'Gradle 4.7 and later: publish, with the plug-in maven-publish',
  ...GRADLE,
  needs: 'write_package_registry',
  text: [
    'publishing {',
    ...indent(['publications {', ...indent(['library(MavenPublication) {', '    from components.java', '}']), '}']),
    ...indent(repositories(project, credentials)),
    '}',
  ].join('\n'),
  untested: 'the Gradle of the tests cannot publish; they send what a newer one sends.',
});

/** The realm must equal that of the server's challenge: sbt compares it. */
export const sbtSnippet = (group: string, { username, token }: SetupTarget): Snippet => ({
  title: 'sbt: resolve',
  file: 'build.sbt',
  language: 'scala',
  text: [
    `resolvers += "gitlab" at "${group}"`,
    `credentials += Credentials("GitLab Packages Registry", "${new URL(group).hostname}", "${username}", "${token}")`,
  ].join('\n'),
  untested: 'the tests have no sbt. It takes its credentials by the realm that this server is tested to name.',
});

const repositories = (url: string, credentials: readonly string[]): string[] => [
  'repositories {',
  ...indent(['maven {', ...indent([`url = '${url}'`, ...credentials]), '}']),
  '}',
];

const indent = (lines: readonly string[]) => lines.map((line) => `    ${line}`);

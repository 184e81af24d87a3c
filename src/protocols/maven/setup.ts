import type { NamedPackage, SetupTarget, Snippet } from '../../http/setup.ts';
import { coordinatesOf } from './format.ts';
import { gradleSnippets, sbtSnippet } from './setup-builds.ts';

/** Snippets to publish to a project, and to resolve from it or from its group. */
export function setup(target: SetupTarget): Snippet[] {
  const { base, projectId, groupId, username, token } = target;
  const project = `${base}/api/v4/projects/${projectId}/packages/maven`;
  const group = groupId === null ? project : `${base}/api/v4/groups/${groupId}/-/packages/maven`;
  const [file, language] = ['settings.xml', 'xml'] as const;
  return [
    { title: 'Maven: sign in', file, language, text: settings(header(token)) },
    {
      title: 'Maven: sign in with a user name and password',
      file,
      language,
      text: settings(`      <username>${username}</username>\n      <password>${token}</password>`),
    },
    {
      title: 'Maven: where to resolve from and deploy to',
      file: 'pom.xml',
      language,
      text: repositories(project, group),
    },
    {
      title: 'Maven: deploy, or fetch one artifact',
      language: 'sh',
      text: [
        'mvn deploy --settings settings.xml',
        'mvn dependency:get --settings settings.xml -Dartifact=com.example:app:1.0 \\',
        `  -DremoteRepositories=gitlab-maven::default::${group}`,
      ].join('\n'),
    },
    ...gradleSnippets(project, group, target),
    sbtSnippet(group, target),
  ];
}

const settings = (server: string) => `<settings>
  <servers>
    <server>
      <id>gitlab-maven</id>
${server}
    </server>
  </servers>
</settings>`;

const header = (token: string) => `      <configuration>
        <httpHeaders>
          <property>
            <name>Deploy-Token</name>
            <value>${token}</value>
          </property>
        </httpHeaders>
      </configuration>`;

const repositories = (project: string, group: string) => `<repositories>
  <repository>
    <id>gitlab-maven</id>
    <url>${group}</url>
  </repository>
</repositories>
<distributionManagement>
  <repository>
    <id>gitlab-maven</id>
    <url>${project}</url>
  </repository>
  <snapshotRepository>
    <id>gitlab-maven</id>
    <url>${project}</url>
  </snapshotRepository>
</distributionManagement>`;

/** Snippets to depend on a version, for Maven and Gradle. */
export function install({ base, projectId, token }: SetupTarget, { name, version }: NamedPackage): Snippet[] {
  const project = `${base}/api/v4/projects/${projectId}/packages/maven`;
  const { groupId, artifactId } = coordinatesOf(name);
  const coordinates = [`  <groupId>${groupId}</groupId>`, `  <artifactId>${artifactId}</artifactId>`];
  return [
    {
      title: 'Maven: depend on it',
      file: 'pom.xml',
      language: 'xml',
      text: ['<dependency>', ...coordinates, `  <version>${version}</version>`, '</dependency>'].join('\n'),
    },
    {
      title: 'Gradle: depend on it',
      file: 'build.gradle',
      language: 'groovy',
      text: `implementation '${groupId}:${artifactId}:${version}'`,
    },
    {
      title: 'Maven: where it is fetched from',
      file: 'pom.xml',
      language: 'xml',
      text: repositories(project, project),
    },
    { title: 'Maven: sign in', file: 'settings.xml', language: 'xml', text: settings(header(token)) },
  ];
}

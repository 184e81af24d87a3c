/** The types that GitLab has, in its words: clients filter by them whether a server serves them or not. */
export const PACKAGE_TYPE_NAMES = [
  ...(['cargo', 'composer', 'conan', 'debian', 'generic', 'golang', 'helm', 'maven', 'ml_model', 'npm'] as const),
  ...(['nuget', 'pypi', 'rpm', 'rubygems', 'terraform_module'] as const),
];

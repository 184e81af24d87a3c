import type { DecisionFacts } from '../../src/authz/facts.ts';
import type { Facts } from '../../src/domain/access/facts.ts';

/** The facts for a decision on a project, a group or the server, asked for from this machine. */
export const about = (target: Facts, protections: DecisionFacts['protections'] = null): DecisionFacts => ({
  target,
  origin: { ip: '127.0.0.1', protocol: 'test' },
  protections,
  owned: null,
});

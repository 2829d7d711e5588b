/** Which of the two purposes a certificate is made for. */
import type { KeyRole } from '../errors.js';
import { KEY_USAGES, type KeyUsage, POLICIES } from './profile.js';

const ROLES = ['auth', 'sign'] as const satisfies readonly KeyRole[];

/** The role a policy is for, on cards, on phones and in the test hierarchy; `undefined` for any other policy. */
export function roleOfPolicy(policy: string): KeyRole | undefined {
  return ROLES.find((role) => isPolicyOf(role, policy, true));
}

/** Whether this is a policy of the role; the one that only the test hierarchy has counts when `test` is set. */
export function isPolicyOf(role: KeyRole, policy: string, test: boolean): boolean {
  const { arc, testOnly } = POLICIES[role];
  const medium = policy.startsWith(`${arc}.`) ? policy.slice(arc.length + 1) : '';
  return /^[0-9]+$/.test(medium) || (test && policy === testOnly);
}

/** Whether the key usages are those of the role: all of them, and no others. */
export function hasKeyUsageOf(role: KeyRole, usages: readonly KeyUsage[] | undefined): boolean {
  return usages !== undefined && usages.join() === KEY_USAGES[role].join();
}

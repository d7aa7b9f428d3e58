import type { Attack } from '../attack.ts';
export const numbers: readonly Attack[] = [];

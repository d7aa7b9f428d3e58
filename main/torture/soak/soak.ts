import type { Attack } from '../attack.ts';
export const soak: readonly Attack[] = [];

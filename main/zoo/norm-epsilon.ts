/** ε of every normalization, batch norm and group norm (plan.ts): PyTorch's default. */
export const NORM_EPSILON = 1e-5;

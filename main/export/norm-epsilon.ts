// PyTorch's default, with which every network of the zoo is defined (main/zoo/plan.ts).
export const NORM_EPSILON = 1e-5;

// In which floating-point format a step multiplies. Weights, statistics, losses and updates are float32 in all.
import { z } from 'zod';

export const Precision = z.enum(['float32', 'bfloat16', 'float16']);

/** `auto`: what the device is fastest in; the answer is stored with the run. */
export const PrecisionSpec = z.enum([...Precision.options, 'auto']);

export type Precision = z.output<typeof Precision>;
export type PrecisionSpec = z.output<typeof PrecisionSpec>;

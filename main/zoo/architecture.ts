// What the zoo knows about a named network: its spec with where it was published and what it was
// published for. Families list these as data; the registry finds them.
import type {
  ArchitectureInput,
  ArchitectureSpec,
  InputShape,
} from '../../shared/spec/architecture.ts';

export type Family =
  | 'plain'
  | 'residual'
  | 'pre-activation'
  | 'activation order'
  | 'gated'
  | 'sampled'
  | 'wide'
  | 'imagenet'
  | 'squeeze-excitation'
  | 'aggregated'
  | 'autoencoder'
  | 'mini';

export interface Citation {
  readonly paper: string;
  readonly arxiv: string;
  /** Table, figure or section that defines or reports this very network. */
  readonly where: string;
}

export interface Architecture {
  /** As typed on the command line, e.g. `resnet20`. */
  readonly name: string;
  /** As printed, e.g. `ResNet-20`. */
  readonly title: string;
  readonly family: Family;
  readonly citation: Citation;
  /** What it was published for; any other size works too. */
  readonly input: InputShape;
  readonly classes: number;
  readonly spec: ArchitectureSpec;
}

/** A family's line in its table: the spec as in a file, without its name. */
export interface ArchitectureEntry extends Omit<Architecture, 'spec'> {
  readonly spec: Omit<ArchitectureInput, 'name' | 'format'>;
}

export const cifarInput: InputShape = { height: 32, width: 32, channels: 3 };
export const imagenetInput: InputShape = { height: 224, width: 224, channels: 3 };

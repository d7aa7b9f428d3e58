// How much memory processes have, at the beginning, in the middle and at the end of something long.
import { formatBytes } from '../../../shared/format.ts';
import { residentBytesOf } from '../fuzz/served.ts';

/** Growth beyond this between the first third and the end is a leak; a heap wavers by less. */
const MOST_GROWTH_BYTES = 200 * 2 ** 20;

export class MemoryLog {
  private readonly samples: { readonly bytes: number }[] = [];
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  note(pid: number): void {
    const bytes = residentBytesOf(pid);
    if (bytes > 0) this.samples.push({ bytes });
  }

  private at(share: number): number {
    const index = Math.floor(share * (this.samples.length - 1));
    return this.samples[index]?.bytes ?? 0;
  }

  /** `host 130 MB, 150 MB, 151 MB`: start, middle, end. */
  get text(): string {
    if (this.samples.length === 0) return `${this.name}: not measured`;
    const places = [this.at(0), this.at(0.5), this.at(1)].map(formatBytes);
    return `${this.name} ${places.join(' → ')}`;
  }

  get problem(): string | undefined {
    const growth = this.at(1) - this.at(1 / 3);
    return growth <= MOST_GROWTH_BYTES
      ? undefined
      : `the memory of the ${this.name} grew by ${formatBytes(growth)} from the first third on`;
  }
}

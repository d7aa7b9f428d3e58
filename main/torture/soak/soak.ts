// Long and many: what grows, and whether it is given back.
import type { Attack } from '../attack.ts';
import { longSeries } from './long-series.ts';
import { longTraining } from './long-training.ts';
import { manyRuns } from './many-runs.ts';
import { silentPage } from './silent-page.ts';

export const soak: readonly Attack[] = [
  {
    ...{ part: 'soak', name: 'training', title: 'one long training with pages watching it' },
    run: longTraining,
  },
  {
    ...{ part: 'soak', name: 'runs', title: 'many short trainings, one after the other' },
    run: manyRuns,
  },
  {
    ...{ part: 'soak', name: 'silence', title: 'a page that asks and never reads' },
    run: silentPage,
  },
  {
    ...{ part: 'soak', name: 'series', title: 'a very long series, written and read' },
    run: longSeries,
  },
];

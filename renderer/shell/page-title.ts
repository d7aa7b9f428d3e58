// What the window or tab is called: what is shown, then the app, so that several tabs can be told apart.
// Pure.
import type { RunRow } from '../../shared/contract/app/runs.ts';
import type { PageName, Route } from '../state/router.svelte.ts';

const TITLES: Readonly<Record<PageName, string>> = {
  start: '',
  runs: 'Runs',
  run: 'Run',
  trash: 'Trash',
  new: 'New run',
  datasets: 'Datasets',
  studies: 'Studies',
  compare: 'Compare',
  reports: 'Reports',
  settings: 'Settings',
};

export function pageTitle(
  { page, path }: Pick<Route, 'page' | 'path'>,
  runs: readonly Pick<RunRow, 'id' | 'name'>[],
): string {
  const [first] = path;
  const run = page === 'run' ? runs.find(({ id }) => id === first) : undefined;
  const folder =
    page === 'datasets' ? first?.split(/[\\/]/).findLast((part) => part !== '') : undefined;
  const shown = run?.name ?? folder ?? TITLES[page];
  return shown === '' ? 'ResNet Lab' : `${shown} · ResNet Lab`;
}

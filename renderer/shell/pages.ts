// Which component shows which page. Each is a file of its own, loaded when it is first shown.
import type { Component } from 'svelte';
import type { PageName } from '../state/router.svelte.ts';

const loaders: Readonly<Record<PageName, () => Promise<{ default: Component }>>> = {
  start: () => import('../pages/start/StartPage.svelte'),
  runs: () => import('../pages/runs/RunsPage.svelte'),
  run: () => import('../pages/run/RunPage.svelte'),
  trash: () => import('../pages/runs/TrashPage.svelte'),
  new: () => import('../pages/new-run/NewRunPage.svelte'),
  datasets: () => import('../pages/datasets/DatasetsPage.svelte'),
  studies: () => import('../pages/studies/StudiesPage.svelte'),
  compare: () => import('../pages/compare/ComparePage.svelte'),
  reports: () => import('../pages/reports/ReportsPage.svelte'),
  settings: () => import('../pages/settings/SettingsPage.svelte'),
};

export async function loadPage(page: PageName): Promise<Component> {
  return (await loaders[page]()).default;
}

// What can be done from every page, for the palette and the keyboard.
import {
  Contrast,
  Database,
  FileText,
  Keyboard,
  Layers,
  ListTree,
  Microscope,
  Plus,
  Rocket,
  Scale,
  Settings,
  Trash,
} from '@lucide/svelte';
import type { Component } from 'svelte';
import type { Action } from '../state/actions.svelte.ts';
import type { App } from '../state/app.svelte.ts';
import type { PageName } from '../state/router.svelte.ts';

export function registerShellActions(
  app: App,
  options: { readonly openQueue: () => void },
): () => void {
  const { actions, router, settings } = app;
  const go = (page: PageName, title: string, shortcut: string, icon: Component): Action => ({
    ...{ id: `go-${page}`, title, shortcut, icon, section: 'Go to' },
    run: () => router.go({ page }),
  });
  return actions.register([
    go('runs', 'Runs', 'g r', ListTree),
    go('new', 'New run', 'g n', Plus),
    go('datasets', 'Datasets', 'g d', Database),
    go('studies', 'Studies', 'g t', Microscope),
    go('compare', 'Compare', 'g c', Scale),
    go('reports', 'Reports', 'g e', FileText),
    go('settings', 'Settings', 'g s', Settings),
    go('start', 'Start page', 'g h', Rocket),
    {
      ...{ id: 'go-trash', title: 'Trash', section: 'Go to', icon: Trash },
      keywords: 'deleted runs disk space restore',
      run: () => router.go({ page: 'trash' }),
    },
    {
      ...{ id: 'palette', title: 'Search or do anything', shortcut: 'mod+k', section: 'General' },
      run: () => (actions.isPaletteOpen = !actions.isPaletteOpen),
    },
    {
      ...{
        id: 'queue',
        title: 'Queue and devices',
        shortcut: 'q',
        section: 'General',
        icon: Layers,
      },
      run: options.openQueue,
    },
    {
      ...{ id: 'note', title: 'Undo, or what the newest note offers', section: 'General' },
      shortcut: 'u',
      run: () => app.toasts.accept(),
    },
    {
      ...{ id: 'shortcuts', title: 'Keyboard shortcuts', shortcut: '?', section: 'General' },
      icon: Keyboard,
      run: () => (actions.areShortcutsOpen = true),
    },
    {
      ...{
        id: 'theme',
        title: 'Change between dark and light',
        section: 'General',
        icon: Contrast,
      },
      keywords: 'theme appearance',
      run: () => settings.setTheme(app.theme.effective === 'dark' ? 'light' : 'dark'),
    },
  ]);
}

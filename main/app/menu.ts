// The application menu as data. What belongs to the page is asked of the page; the rest are Electron's
// own roles, which bring their accelerators and their names in every language.
import type { MenuItemConstructorOptions } from 'electron';
import type { HostRequest, Theme } from '../../shared/contract/app/system.ts';

export interface MenuParts {
  readonly platform: NodeJS.Platform;
  readonly theme: Theme;
  readonly ask: (request: HostRequest) => void;
}

type Item = MenuItemConstructorOptions;

const separator = { type: 'separator' } as const satisfies Item;

export function menuTemplate(parts: MenuParts): Item[] {
  return [
    ...(parts.platform === 'darwin' ? [appMenu(parts)] : []),
    fileMenu(parts),
    { role: 'editMenu' },
    viewMenu(parts),
    { role: 'windowMenu' },
    helpMenu(parts),
  ];
}

function appMenu(parts: MenuParts): Item {
  return {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      separator,
      settingsItem(parts),
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { role: 'quit' },
    ],
  };
}

function fileMenu(parts: MenuParts): Item {
  const isMac = parts.platform === 'darwin';
  return {
    label: '&File',
    submenu: [
      item(parts, 'New run', 'CmdOrCtrl+N', { kind: 'show', page: 'newRun' }),
      item(parts, 'Open dataset…', 'CmdOrCtrl+O', { kind: 'pickDataset' }),
      ...(isMac ? [] : [separator, settingsItem(parts)]),
      separator,
      isMac ? { role: 'close' } : { role: 'quit' },
    ],
  };
}

function viewMenu(parts: MenuParts): Item {
  return {
    label: '&View',
    submenu: [
      item(parts, 'Runs', 'CmdOrCtrl+1', { kind: 'show', page: 'runs' }),
      item(parts, 'Datasets', 'CmdOrCtrl+2', { kind: 'show', page: 'datasets' }),
      item(parts, 'Command palette…', 'CmdOrCtrl+K', { kind: 'palette' }),
      separator,
      { label: 'Theme', submenu: THEMES.map(([name, label]) => themeItem(parts, name, label)) },
      separator,
      { role: 'reload' },
      { role: 'toggleDevTools' },
      separator,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
    ],
  };
}

function helpMenu(parts: MenuParts): Item {
  return {
    role: 'help',
    submenu: [
      item(parts, 'Keyboard shortcuts', 'CmdOrCtrl+/', { kind: 'shortcuts' }),
      ...(parts.platform === 'darwin' ? [] : [{ role: 'about' } as const]),
    ],
  };
}

function item({ ask }: MenuParts, label: string, accelerator: string, request: HostRequest): Item {
  return { label, accelerator, click: () => ask(request) };
}

function settingsItem(parts: MenuParts): Item {
  return item(parts, 'Settings…', 'CmdOrCtrl+,', { kind: 'show', page: 'settings' });
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function themeItem({ theme, ask }: MenuParts, name: Theme, label: string): Item {
  return {
    id: `theme-${name}`,
    label,
    type: 'radio',
    checked: theme === name,
    click: () => ask({ kind: 'theme', theme: name }),
  };
}

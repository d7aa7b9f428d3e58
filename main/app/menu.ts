// The application menu as data. What belongs to the page is asked of the page; the rest are Electron's
// own roles, which bring their accelerators and their names in every language.
import type { MenuItemConstructorOptions } from 'electron';
import type { HostRequest, Theme } from '../../shared/contract/app/system.ts';

export interface MenuParts {
  readonly platform: NodeJS.Platform;
  readonly theme: Theme;
  readonly ask: (request: HostRequest) => void;
}

export function menuTemplate({ platform, theme, ask }: MenuParts): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const item = (label: string, accelerator: string, request: HostRequest) => ({
    label,
    accelerator,
    click: () => ask(request),
  });
  const settings = item('Settings…', 'CmdOrCtrl+,', { kind: 'show', page: 'settings' });
  const separator = { type: 'separator' } as const;
  const themes: MenuItemConstructorOptions[] = (
    [
      ['system', 'As the system'],
      ['light', 'Light'],
      ['dark', 'Dark'],
    ] as const
  ).map(([name, label]) => ({
    id: `theme-${name}`,
    label,
    type: 'radio',
    checked: theme === name,
    click: () => ask({ kind: 'theme', theme: name }),
  }));
  return [
    ...(isMac
      ? [
          {
            role: 'appMenu',
            submenu: [
              { role: 'about' },
              separator,
              settings,
              separator,
              { role: 'services' },
              separator,
              { role: 'hide' },
              { role: 'hideOthers' },
              { role: 'unhide' },
              separator,
              { role: 'quit' },
            ],
          } satisfies MenuItemConstructorOptions,
        ]
      : []),
    {
      label: '&File',
      submenu: [
        item('New run', 'CmdOrCtrl+N', { kind: 'show', page: 'newRun' }),
        item('Open dataset…', 'CmdOrCtrl+O', { kind: 'pickDataset' }),
        ...(isMac ? [] : [separator, settings]),
        separator,
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        item('Runs', 'CmdOrCtrl+1', { kind: 'show', page: 'runs' }),
        item('Datasets', 'CmdOrCtrl+2', { kind: 'show', page: 'datasets' }),
        item('Command palette…', 'CmdOrCtrl+K', { kind: 'palette' }),
        separator,
        { label: 'Theme', submenu: themes },
        separator,
        { role: 'reload' },
        { role: 'toggleDevTools' },
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        item('Keyboard shortcuts', 'CmdOrCtrl+/', { kind: 'shortcuts' }),
        ...(isMac ? [] : [{ role: 'about' } as const]),
      ],
    },
  ];
}

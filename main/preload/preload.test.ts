import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import {
  BRIDGE_NAME,
  CONNECT_CHANNEL,
  PORT_MESSAGE,
  type DesktopBridge,
} from '../../shared/contract/app/bridge.ts';

const exposed = new Map<string, unknown>();
const posted: { channel: string; message: unknown; ports: readonly MessagePort[] }[] = [];

vi.mock('electron', () => ({
  contextBridge: {
    exposeInMainWorld: (name: string, value: unknown) => void exposed.set(name, value),
  },
  ipcRenderer: {
    postMessage: (channel: string, message: unknown, ports: readonly MessagePort[]) =>
      void posted.push({ channel, message, ports }),
  },
  webUtils: { getPathForFile: (file: { path?: string }) => file.path ?? '' },
}));

test('The page gets a port and paths, and nothing else.', async () => {
  const received: { message: unknown; ports: readonly MessagePort[] }[] = [];
  vi.stubGlobal('MessageChannel', MessageChannel);
  vi.stubGlobal('postMessage', (message: unknown, _origin: string, ports: MessagePort[]) => {
    received.push({ message, ports });
  });
  await import('./preload.ts');
  expect([...exposed.keys()]).toEqual([BRIDGE_NAME]);
  const bridge = exposed.get(BRIDGE_NAME) as DesktopBridge;
  expect(Object.keys(bridge).sort()).toEqual(['connect', 'pathForFile']);

  bridge.connect();
  expect(posted).toMatchObject([{ channel: CONNECT_CHANNEL, message: null }]);
  expect(received).toMatchObject([{ message: PORT_MESSAGE }]);
  const [host] = posted[0]!.ports;
  const [page] = received[0]!.ports;
  const heard = new Promise((resolve) => page!.once('message', resolve));
  host!.postMessage('hello');
  expect(await heard).toBe('hello');
  host!.close();

  expect(bridge.pathForFile({ path: '/data/flowers' })).toBe('/data/flowers');
  expect(bridge.pathForFile({})).toBeNull();
  vi.unstubAllGlobals();
});

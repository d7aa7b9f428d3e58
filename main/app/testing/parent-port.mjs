// Loaded before the program of a fake utility process: gives it a parent port instead of a channel, as
// Electron does. Ends only when told to (electron#47228).
import { EventEmitter } from 'node:events';

const send = process.send.bind(process);
const port = new EventEmitter();
port.postMessage = (message) => void send({ message });
const queued = [];
process.on('message', ({ message }) => {
  if (port.listenerCount('message') === 0) queued.push(message);
  else port.emit('message', { data: message, ports: [] });
});
port.on('newListener', (name) => {
  if (name !== 'message') return;
  setImmediate(() => {
    for (const message of queued.splice(0)) port.emit('message', { data: message, ports: [] });
  });
});
process.on('disconnect', () => process.exit(0));
process.send = undefined;
Object.defineProperty(process, 'parentPort', { value: port, enumerable: true });

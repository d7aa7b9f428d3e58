// The request that opens a WebSocket, as bytes for a plain socket.

export function upgradeRequest(port: number, cookie?: string): Uint8Array {
  const lines = [
    'GET /rpc HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    `Origin: http://127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    // Any sixteen bytes; the answer is not checked.
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(cookie === undefined ? [] : [`Cookie: ${cookie}`]),
  ];
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n\r\n`);
}
